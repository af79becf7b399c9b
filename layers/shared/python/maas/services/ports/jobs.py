"""Jobs, their chunks and results, and the queues in which they wait. Every method may raise Unavailable."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.jobs.chunks import Chunk, Part
from maas.domain.jobs.jobs import InputFile, Job, JobFilter, JobPlace


class Jobs(Protocol):
    """Jobs of callers. A change is made only if the job is in the state in which it was read."""

    def add(self, job: Job) -> bool:
        """Returns False if there is a job with this id."""
        ...

    def open_jobs(self, tenant_id: str, now: datetime, most: int) -> int:
        """How many jobs of an organization may still run, counted up to `most`. One just added may be missed."""
        ...

    def job(self, place: JobPlace) -> Job | None: ...

    def page(self, place: JobPlace, wanted: JobFilter, limit: int) -> tuple[Sequence[Job], str]:
        """Jobs of the place's caller, newest first, from behind the place's job (empty: from the newest).

        Returns at most `limit` of those that the filter takes, and the id behind which the list goes on; empty at its
        end. A page may have fewer jobs than `limit` although the list goes on, since a call reads a bounded number.
        """
        ...

    def start(self, before: Job, after: Job, chunks: Sequence[Chunk]) -> bool:
        """Stores the chunks and then the running job. Returns False if it is not as it was read any more."""
        ...

    def chunk(self, job_id: str, number: int) -> Chunk | None: ...

    def record(self, job: Job, chunk: Chunk, part: Part) -> bool:
        """Stores a part, moves the chunk's checkpoint to its end and counts its steps and rows, all or nothing.

        Returns False if the chunk's checkpoint has moved since it was read, or the job is not running any more.
        """
        ...

    def end(self, before: Job, after: Job, event: IdentityEvent) -> bool:
        """Stores the end of a job and its event together. Returns False if its state is another one by now."""
        ...

    def parts(self, job_id: str, *, limit: int, after: str) -> tuple[Sequence[Part], str]:
        """Results in the order of the rows from behind a place, and the place of the last one if there are more."""
        ...


class JobQueue(Protocol):
    """The queues of jobs, one for each priority."""

    def send(self, job: Job, chunk: int | None = None, delay: int = 0) -> None:
        """Sends the message for a chunk, or the one that begins the job.

        It is delivered at least once, and not before `delay` seconds.
        """
        ...


class RowTables(Protocol):
    """Files whose rows are no lines."""

    def to_ndjson(self, file: InputFile, key: str, see: Callable[[bytes], None]) -> int:
        """Writes the rows of a Parquet file as NDJSON into the object `key`. Returns its bytes, which `see` gets too.

        A row is an object by column, or with `as_lists` a list. Nulls and NaN are null. An attempt that fails writes
        nothing. Raises InvalidInput (file), NotFound.
        """
        ...
