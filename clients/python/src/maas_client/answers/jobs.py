"""Answers about jobs. Signed URLs are left out of every repr: whoever has one may use it."""

from typing import Any

from pydantic import Field

from maas_client.answers.base import Answer, Count, Moment, Size

_ENDED = frozenset({"succeeded", "failed", "cancelled", "expired"})


class JobProgress(Answer):
    """The work that is done, of `total` steps; that is 0 until it is known."""

    done: Count
    total: Count
    rows: Count
    failed_rows: Count


class JobFailure(Answer):
    """The reason why a job has failed."""

    code: str
    message: str


class JobFile(Answer):
    """The uploaded file of a job. It can be the file of other jobs, until it is removed after 15 days."""

    id: str
    format: str
    as_lists: bool


class Job(Answer):
    """A job. `result` is the answer to an inline input, as Inference.predict_batch has it, or None.

    `model_name` is the name that the model has now, `owner/name` if it is another organization's.
    """

    id: str
    state: str
    model_id: str
    model_name: str
    version: str
    priority: str
    progress: JobProgress
    failure: JobFailure | None
    file: JobFile | None
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None
    expires_at: Moment
    kept_until: Moment
    result: dict[str, Any] | None = Field(repr=False)

    @property
    def rows(self) -> int:
        return self.progress.rows

    @property
    def failed_rows(self) -> int:
        return self.progress.failed_rows

    @property
    def percent(self) -> int | None:
        """The part of the work that is done; None until the size of the work is known."""
        return 100 * self.progress.done // self.progress.total if self.progress.total else None

    @property
    def has_ended(self) -> bool:
        return self.state in _ENDED


class JobResult(Answer):
    """A part of the result of a job, in the order of its rows: NDJSON of a file's rows, or JSON of an inline input."""

    url: str = Field(repr=False)
    bytes: Size
    rows: Count
    failed_rows: Count


class JobUpload(Answer):
    """A place for a file of rows: one PUT to the URL with exactly these headers, before `expires_at`."""

    id: str
    url: str = Field(repr=False)
    headers: dict[str, str]
    expires_at: Moment
