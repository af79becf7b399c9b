"""Jobs as items of their table.

- `JOBS#<tenant>#<caller>`, `JOB#<job>`: the job
- `OPEN#<tenant>`, `JOB#<job>`: a job that has not ended, until the moment `until` at which it must have
- `JOB#<job>`, `CHUNK#<number>`: a chunk with its checkpoint
- `JOB#<job>`, `PART#<number>#<start>`: the result of steps of a chunk

Numbers are padded, so that they sort as texts. `expires` is the table's TTL.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.jobs.chunks import Chunk, Part
from maas.domain.jobs.jobs import Failure, FileFormat, InputFile, Job, JobPlace, JobState, Priority

JOB, CHUNK, PART, OPEN = "JOB#", "CHUNK#", "PART#", "OPEN#"
_TIMES = ("created_at", "ends_before", "started_at", "ended_at")
_COUNTS = ("done", "total", "rows", "failed_rows")


def job_key(place: JobPlace) -> dict[str, str]:
    return {"pk": f"JOBS#{place.tenant_id}#{place.subject}", "sk": f"{JOB}{place.job_id}"}


def open_key(tenant_id: str, job_id: str) -> dict[str, str]:
    return {"pk": f"{OPEN}{tenant_id}", "sk": f"{JOB}{job_id}"}


def open_item(job: Job) -> dict[str, Any]:
    until = int(job.ends_before.timestamp())
    return {**open_key(job.by.tenant_id, job.id), "until": until, "expires": until}


def chunk_key(job_id: str, number: int) -> dict[str, str]:
    return {"pk": f"{JOB}{job_id}", "sk": f"{CHUNK}{number:06}"}


def part_key(job_id: str, place: str) -> dict[str, str]:
    return {"pk": f"{JOB}{job_id}", "sk": f"{PART}{place}"}


def part_place(part: Part) -> str:
    """The place of a part in the list of a job's parts."""
    return f"{part.chunk:06}#{part.start:012}"


def expiry(job: Job) -> int:
    return int(job.kept_until.timestamp())


def job_item(job: Job) -> dict[str, Any]:
    times = {name: getattr(job, name) for name in _TIMES}
    return {
        **job_key(job.place),
        "tenant_id": job.by.tenant_id,
        "subject": job.by.subject,
        "roles": sorted(job.by.roles),
        "scopes": sorted(job.by.scopes),
        "credential": job.by.credential,
        "address": job.address,
        "model_id": job.model_id,
        "model_version": job.version,
        "priority": str(job.priority),
        "timeout_ms": round(job.timeout * 1000),
        "job_state": str(job.state),
        **{name: time.isoformat() for name, time in times.items() if time},
        **{name: getattr(job, name) for name in _COUNTS},
        **({"failure": asdict(job.failure)} if job.failure else {}),
        **({"file": json.dumps(asdict(job.file))} if job.file else {}),
        **({"lines": json.dumps(asdict(job.lines))} if job.lines else {}),
        **({"outputs": list(job.outputs)} if job.outputs else {}),
        "expires": expiry(job),
    }


def job_of(item: Mapping[str, Any]) -> Job:
    times: dict[str, Any] = {name: datetime.fromisoformat(item[name]) for name in _TIMES if name in item}
    counts: dict[str, Any] = {name: int(item[name]) for name in _COUNTS}
    return Job(
        id=item["sk"].removeprefix(JOB),
        by=Principal(
            item["subject"],
            item["tenant_id"],
            frozenset(map(Role, item["roles"])),
            frozenset(map(Scope, item["scopes"])),
            item["credential"],
        ),
        address=item["address"],
        model_id=item["model_id"],
        version=item["model_version"],
        priority=Priority(item["priority"]),
        timeout=int(item["timeout_ms"]) / 1000,
        state=JobState(item["job_state"]),
        **times,
        **counts,
        failure=Failure(**item["failure"]) if "failure" in item else None,
        file=_file_of(item["file"]) if "file" in item else None,
        lines=_file_of(item["lines"]) if "lines" in item else None,
        outputs=tuple(item["outputs"]) if "outputs" in item else None,
    )


def _file_of(text: str) -> InputFile:
    found = json.loads(text)
    found.pop("columns", None)  # of a job that an older version has begun
    return InputFile(**found | {"format": FileFormat(found["format"])})


def chunk_item(job: Job, chunk: Chunk) -> dict[str, Any]:
    return {**chunk_key(job.id, chunk.number), **_numbers(chunk), "expires": expiry(job)}


def chunk_of(item: Mapping[str, Any]) -> Chunk:
    return Chunk(**{name: int(item[name + "_n"]) for name in ("number", "start", "end", "at", "row")})


def part_item(job: Job, part: Part) -> dict[str, Any]:
    return {**part_key(job.id, part_place(part)), **_numbers(part), "object_key": part.key, "expires": expiry(job)}


def part_of(item: Mapping[str, Any]) -> Part:
    names = ("chunk", "start", "end", "size", "rows", "failed_rows")
    return Part(**{name: int(item[name + "_n"]) for name in names}, key=item["object_key"])


def _numbers(record: Chunk | Part) -> dict[str, int]:
    """The numbers of a record. `_n` keeps their names apart from DynamoDB's reserved words."""
    return {f"{name}_n": value for name, value in asdict(record).items() if isinstance(value, int)}
