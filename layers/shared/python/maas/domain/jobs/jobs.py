"""Jobs: predictions that run after their request was answered, and the states that they pass through.

A job runs as the caller that has made it. Its record has the caller's credential by name and no secret; the registry
looks the caller up again whenever the job runs (docs/decisions/0071-jobs.md, 0088-jobs-outlive-sessions.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from maas.domain.errors import InvalidInput, MaasError, Rule, WrongState
from maas.domain.identity.credentials import SESSION, parsed_credential
from maas.domain.identity.principals import Principal

# Seconds in which a job must end, from its request on.
ENDS_WITHIN, ENDS_WITHIN_MIN, ENDS_WITHIN_MAX = 24 * 3600, 60, 7 * 24 * 3600
# Time for which job and results are kept after the last moment at which the job may end.
KEPT = timedelta(days=7)
# Bytes of a file of rows.
FILE_MAX = 1024**3
# Bytes of one row, and of the head of CSV.
ROW_MAX = 1024 * 1024
# Bytes of the rows of Parquet once they are NDJSON.
ROWS_SIZE_MAX = 4 * 1024**3
# Rows that can't be computed, after which the whole job fails.
FAILED_ROWS_MAX = 1000
# Bytes of a result that the job itself shows.
INLINE_RESULT_MAX = 256 * 1024
_MESSAGE_MAX = 1000


class FileFormat(StrEnum):
    """Formats of files of rows."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


class JobState(StrEnum):
    """The states of a job; a job in any but the first two has ended."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# The beginning of the keys of all objects of jobs; no file of a model has such a key.
PREFIX = "jobs/"
OPEN = frozenset({JobState.QUEUED, JobState.RUNNING})


class Priority(StrEnum):
    """Jobs of low priority have a queue and workers of their own, so they never take the place of normal ones."""

    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class JobPlace:
    """The key of a job. Callers see their own jobs alone, so organization and caller are parts of it."""

    tenant_id: str
    subject: str
    job_id: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason why a job has failed: a code of docs/api/errors.md and a sentence."""

    code: str
    message: str

    @classmethod
    def of(cls, error: MaasError) -> "Failure":
        return cls(error.code, error.message[:_MESSAGE_MAX])

    def with_reason(self, reason: str) -> "Failure":
        return replace(self, message=f"{self.message}; {reason}"[:_MESSAGE_MAX]) if reason else self


TOO_MANY_FAILED = Failure(
    "invalid_input", f"more than {FAILED_ROWS_MAX} rows can't be computed, and the results have the error of each"
)
NONE_COMPUTED = Failure("invalid_input", "no row can be computed, and the results have the error of each")


@dataclass(frozen=True, slots=True)
class InputFile:
    """An uploaded file of rows. With `as_lists` the values of a row are in the model's order, and need no names.

    `head` has the bytes in front of the first row, once they are counted.
    """

    key: str
    size: int
    format: FileFormat
    as_lists: bool = False
    head: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job. `by` is its caller as it has shown itself, `address` where its request came from.

    `version` is an exact number, so that all of a job is computed by one version. `timeout` is for each call of the
    model, in seconds. `done` and `total` count the steps of the work; `total` is 0 until it is known.
    `outputs` are those to compute for each row of `file`; None for all, and for a job without a file. `lines` is the
    file that has a line for each row, once the job is planned: `file`, or what became of the rows of Parquet.
    """

    id: str
    by: Principal
    address: str
    model_id: str
    version: str
    priority: Priority
    timeout: float
    created_at: datetime
    ends_before: datetime
    state: JobState = JobState.QUEUED
    started_at: datetime | None = None
    ended_at: datetime | None = None
    done: int = 0
    total: int = 0
    rows: int = 0
    failed_rows: int = 0
    failure: Failure | None = None
    file: InputFile | None = None
    lines: InputFile | None = None
    outputs: tuple[str, ...] | None = None

    @property
    def acting(self) -> Principal:
        """The caller as it counts when the job runs: a session may end before its jobs, an API key may not."""
        kind, _ = parsed_credential(self.by.credential)
        return replace(self.by, credential="") if kind == SESSION else self.by

    @property
    def place(self) -> JobPlace:
        return JobPlace(self.by.tenant_id, self.by.subject, self.id)

    @property
    def folder(self) -> str:
        """The beginning of the keys of all objects of the job."""
        return f"{folder_of(self.by)}/{self.id}"

    @property
    def file_id(self) -> str:
        """The id of the uploaded file; empty if there is none."""
        return self.file.key.rpartition("/")[2] if self.file else ""

    @property
    def input_key(self) -> str:
        """The key of the body of an inline job."""
        return f"{self.folder}/input.json"

    @property
    def rows_key(self) -> str:
        """The key of the rows of a Parquet file once they are NDJSON."""
        return f"{self.folder}/rows.ndjson"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_complete(self) -> bool:
        """Returns whether all steps are done."""
        return 0 < self.total == self.done

    @property
    def failed(self) -> Failure | None:
        """The reason why the rows so far fail the whole job; None if they do not."""
        if self.failed_rows > FAILED_ROWS_MAX:
            return TOO_MANY_FAILED
        return NONE_COMPUTED if self.is_complete and 0 < self.rows == self.failed_rows else None

    @property
    def kept_until(self) -> datetime:
        return self.ends_before + KEPT

    def is_late(self, now: datetime) -> bool:
        """Returns whether the job has not ended in its time."""
        return self.is_open and now >= self.ends_before

    def started(self, now: datetime, total: int) -> "Job":
        return replace(self, state=JobState.RUNNING, started_at=now, total=total)

    def ended(self, state: JobState, now: datetime, failure: Failure | None = None) -> "Job":
        return replace(self, state=state, ended_at=now, failure=failure)

    def cancelled(self, now: datetime) -> "Job":
        """Raises WrongState if the job has ended in another way."""
        if not self.is_open:
            raise WrongState.of("job_id", f"the job is {self.state}; only a job that has not ended can be cancelled")
        return self.ended(JobState.CANCELLED, now)


def file_key(by: Principal, file_id: str) -> str:
    """The key of an uploaded file of rows."""
    return f"{folder_of(by)}/files/{file_id}"


def file_size(size: int) -> int:
    """The size of a file of rows. Raises InvalidInput (size)."""
    if not 1 <= size <= FILE_MAX:
        raise InvalidInput.of("size", Rule.RANGE, f"must be 1 to {FILE_MAX} bytes")
    return size


def folder_of(by: Principal) -> str:
    """The beginning of the keys of a caller's objects."""
    return f"{PREFIX}{by.tenant_id}/{by.subject}"


def ends_within(seconds: int) -> timedelta:
    """Raises InvalidInput (expires_in)."""
    if not ENDS_WITHIN_MIN <= seconds <= ENDS_WITHIN_MAX:
        message = f"must be {ENDS_WITHIN_MIN} to {ENDS_WITHIN_MAX} seconds"
        raise InvalidInput.of("expires_in", Rule.RANGE, message)
    return timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """The jobs of a list; None is any state, an empty model any model."""

    state: JobState | None = None
    model_id: str = ""

    def takes(self, job: Job) -> bool:
        return self.state in (None, job.state) and self.model_id in ("", job.model_id)


def job_state(value: str) -> JobState | None:
    """The state that a list is filtered by; None for an empty one. Raises InvalidInput (state)."""
    if not value:
        return None
    try:
        return JobState(value)
    except ValueError:
        raise InvalidInput.of("state", Rule.ENUM, f"must be one of {', '.join(JobState)}") from None


def summary(job: Job) -> Mapping[str, Any]:
    """The job as events show it: neither values nor results."""
    return {
        "state": str(job.state),
        "model_id": job.model_id,
        "version": job.version,
        "rows": job.rows,
        "failed_rows": job.failed_rows,
        "failure": {"code": job.failure.code, "message": job.failure.message} if job.failure else None,
        "created_at": job.created_at.isoformat(),
        "ended_at": job.ended_at.isoformat() if job.ended_at else None,
    }
