"""The events of `maas.jobs` on the bus, one pydantic model per type, as in event_schemas.py."""

from typing import Literal

from pydantic import Field

from maas.contracts.base import Answer
from maas.domain.jobs.jobs import JobState
from tools.event_fields import IdentityBody


class FailureReason(Answer):
    """The reason of a failure."""

    code: str
    message: str


class JobSummary(Answer):
    """A job, without its values and results."""

    state: JobState
    model_id: str
    version: str
    rows: int = Field(description="Rows that are computed.")
    failed_rows: int = Field(description="Those of them that the model could not compute.")
    failure: FailureReason | None = Field(description="Null unless the state is `failed`.")
    created_at: str = Field(description="ISO 8601.")
    ended_at: str | None


class JobEnded(IdentityBody):
    """A job has ended: `after.state` is `succeeded`, `failed`, `cancelled` or `expired`."""

    type: Literal["JobEnded"]
    before: JobSummary
    after: JobSummary
