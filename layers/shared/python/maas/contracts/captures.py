"""Bodies of the capture routes."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body, Integer


class CaptureBody(Body):
    """`percent` of the predictions are stored, without the inputs and features named in `redact`.

    Files are kept for `keep_days`: 1, 7, 30 or 90. With `outputs` the answers are stored too.
    """

    percent: float
    redact: list[str] = Field(default_factory=list)
    keep_days: Integer = 7
    outputs: bool = False


class CaptureAnswer(Answer):
    """What is stored of a model's predictions."""

    model_id: str
    percent: float
    redact: list[str]
    keep_days: int
    outputs: bool


class CaptureFileAnswer(Answer):
    """A file of captured predictions: NDJSON, compressed by gzip."""

    name: str
    bytes: int
    created_at: datetime
    expires_at: datetime
    url: str
