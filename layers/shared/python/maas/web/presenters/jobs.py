"""Jobs between the domain and the contract."""

import json

from maas.contracts.jobs import (
    JobAnswer,
    JobFailure,
    JobFileAnswer,
    JobProgress,
    JobRequest,
    JobResultAnswer,
    NewJobFileAnswer,
)
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference.tensors import ONE_OF
from maas.domain.jobs.jobs import FileFormat, Priority
from maas.services.jobs import NamedJob, NewFile, SignedPart, WantedFile, WantedJob
from maas.web.presenters.inference import asked

# The fields of a question in the body of a job. The worker takes model, version and timeout from the job's record.
_QUESTION = {"features", "inputs", "instances", "dataframe_records", "dataframe_split", "outputs"}


def wanted_job(body: JobRequest) -> WantedJob:
    question = asked(body.model_id, body, timeout=body.timeout)
    values = (question.features, question.inputs, question.instances, question.records, question.split)
    has_values = any(each is not None for each in values)
    if body.file and has_values:
        raise InvalidInput.of("file", Rule.EXCLUSIVE, "must be absent if values are given, or the values must be")
    if not body.file and not has_values:
        raise InvalidInput.of("features", Rule.EXCLUSIVE, f"{ONE_OF}, or a file")
    return WantedJob(
        question=question,
        body=body.model_dump_json(include=_QUESTION, exclude_none=True).encode(),
        file=WantedFile(body.file.id, FileFormat(body.file.format), body.file.as_lists) if body.file else None,
        priority=Priority(body.priority),
        expires_in=body.expires_in,
    )


def file_answer(new: NewFile) -> NewJobFileAnswer:
    return NewJobFileAnswer(id=new.id, url=new.url, headers=dict(new.headers), expires_at=new.expires_at)


def job_answer(named: NamedJob, result: bytes | None = None) -> JobAnswer:
    job = named.job
    return JobAnswer(
        id=job.id,
        state=job.state,
        model_id=job.model_id,
        model_name=named.model_name,
        version=job.version,
        priority=job.priority,
        progress=JobProgress(done=job.done, total=job.total, rows=job.rows, failed_rows=job.failed_rows),
        failure=JobFailure(code=job.failure.code, message=job.failure.message) if job.failure else None,
        file=JobFileAnswer(id=job.file_id, format=job.file.format, as_lists=job.file.as_lists) if job.file else None,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        expires_at=job.ends_before,
        kept_until=job.kept_until,
        result=json.loads(result) if result else None,
    )


def result_answer(signed: SignedPart) -> JobResultAnswer:
    part = signed.part
    return JobResultAnswer(url=signed.url, bytes=part.size, rows=part.rows, failed_rows=part.failed_rows)
