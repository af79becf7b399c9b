"""Jobs and their queue in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.jobs.chunks import Chunk, Part
from maas.domain.jobs.jobs import Job, JobFilter, JobPlace, JobState
from maas.domain.pages import cut
from maas.wire.jobs import part_place


@dataclass
class FakeJobs:
    """The Jobs port. `events` are those of the jobs that have ended."""

    stored: dict[JobPlace, Job] = field(default_factory=dict)
    chunks: dict[tuple[str, int], Chunk] = field(default_factory=dict)
    results: dict[tuple[str, str], Part] = field(default_factory=dict)
    events: list[IdentityEvent] = field(default_factory=list)

    def add(self, job: Job) -> bool:
        return self.stored.setdefault(job.place, job) is job

    def open_jobs(self, tenant_id: str, now: datetime, most: int) -> int:
        own = [job for job in self.stored.values() if job.by.tenant_id == tenant_id]
        return min(most, sum(job.is_open and now < job.ends_before for job in own))

    def job(self, place: JobPlace) -> Job | None:
        return self.stored.get(place)

    def page(self, place: JobPlace, wanted: JobFilter, limit: int) -> tuple[Sequence[Job], str]:
        own = [each for key, each in self.stored.items() if replace(key, job_id="") == replace(place, job_id="")]
        behind = [each for each in own if not place.job_id or each.id < place.job_id]
        found = sorted(filter(wanted.takes, behind), key=lambda each: each.id, reverse=True)
        return cut(found, limit, lambda job: job.id)

    def start(self, before: Job, after: Job, chunks: Sequence[Chunk]) -> bool:
        for chunk in chunks:
            self.chunks.setdefault((after.id, chunk.number), chunk)
        return self._replace(before, after)

    def chunk(self, job_id: str, number: int) -> Chunk | None:
        return self.chunks.get((job_id, number))

    def record(self, job: Job, chunk: Chunk, part: Part) -> bool:
        current, key = self.stored.get(job.place), (job.id, chunk.number)
        if current is None or current.state is not JobState.RUNNING or self.chunks[key].at != chunk.at:
            return False
        self.chunks[key] = replace(self.chunks[key], at=part.end)
        self.results[job.id, part_place(part)] = part
        self.stored[job.place] = replace(
            current,
            done=current.done + part.end - part.start,
            rows=current.rows + part.rows,
            failed_rows=current.failed_rows + part.failed_rows,
        )
        return True

    def end(self, before: Job, after: Job, event: IdentityEvent) -> bool:
        if not self._replace(before, after):
            return False
        self.events.append(event)
        return True

    def parts(self, job_id: str, *, limit: int, after: str) -> tuple[Sequence[Part], str]:
        places = sorted(place for of, place in self.results if of == job_id and place > after)
        return cut([self.results[job_id, place] for place in places], limit, part_place)

    def _replace(self, before: Job, after: Job) -> bool:
        current = self.stored.get(before.place)
        if current is None or _counted(current) != _counted(before):
            return False
        self.stored[after.place] = after
        return True


def _counted(job: Job) -> tuple[JobState, int, int]:
    return job.state, job.done, job.total


@dataclass
class FakeJobQueue:
    """The JobQueue port: job, chunk and delay of each message, in the order in which they were sent."""

    messages: list[tuple[JobPlace, int | None, int]] = field(default_factory=list)

    def send(self, job: Job, chunk: int | None = None, delay: int = 0) -> None:
        self.messages.append((job.place, chunk, delay))
