"""Bodies of the routes of jobs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from maas.contracts.base import Answer, Body, Integer
from maas.contracts.inference import InferenceRequest

# Seconds. The function that runs jobs has 300.
TIMEOUT_MAX = 240


class JobFile(Body):
    """An uploaded file of rows. With `as_lists` the values of a row are in the model's order; names do not matter."""

    id: str
    format: Literal["csv", "ndjson", "parquet"]
    as_lists: bool = False


class NewJobFile(Body):
    """A file of rows to upload: its bytes, and their SHA-256 in hexadecimal digits."""

    size: Integer
    sha256: str


class NewJobFileAnswer(Answer):
    """A place for a file: send one PUT to `url` with exactly these headers, before `expires_at`."""

    id: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


class JobFileAnswer(Answer):
    """The uploaded file of a job, as requests for other jobs name it."""

    id: str
    format: str
    as_lists: bool


class JobRequest(InferenceRequest):
    """A prediction to run later. `expires_in` is the time in seconds in which it must end.

    `timeout` is for each call of the model. A `file` takes the place of the values.
    """

    file: JobFile | None = None
    timeout: Annotated[float, Field(gt=0, le=TIMEOUT_MAX, allow_inf_nan=False, description="seconds")] = TIMEOUT_MAX
    priority: Literal["normal", "low"] = "normal"
    expires_in: Integer = 24 * 3600


class JobFailure(Answer):
    """The reason of a failure: a code as errors have it, and a sentence."""

    code: str
    message: str


class JobProgress(Answer):
    """The work that is done, of `total`, which is 0 until it is known: the bytes of a file, and 1 of inline values.

    `rows` counts those that have a line in the result, `failed_rows` those of them whose line is an error.
    """

    done: int
    total: int
    rows: int
    failed_rows: int


class JobAnswer(Answer):
    """A job. Times are null until they come, `failure` is null unless the state is failed.

    `model_name` is the name that the model has now, `owner/name` if it is another organization's. `file` is the
    uploaded file, which may be the input of other jobs too; null for values.

    `result` is the answer to an inline input, as POST /inference gives it; null before the end, in lists, and if it is
    larger than 256 KiB: the list of results has a URL of it.
    """

    id: str
    state: str
    model_id: str
    model_name: str
    version: str
    priority: str
    progress: JobProgress
    failure: JobFailure | None
    file: JobFileAnswer | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime
    kept_until: datetime
    result: dict[str, Any] | None


class JobResultAnswer(Answer):
    """A part of a job's result, in the order of its rows: NDJSON of a file's rows, or the JSON of an inline input."""

    url: str
    bytes: int
    rows: int
    failed_rows: int
