"""Answers about what is stored of a model's predictions."""

from maas_client.answers.base import Answer, Moment


class Capture(Answer):
    """The share of predictions that is stored, in percent, without the inputs and features of `redact`."""

    model_id: str
    percent: float
    redact: list[str]
    keep_days: int
    outputs: bool


class CaptureFile(Answer):
    """A file of captured predictions: NDJSON, compressed by gzip. `url` is valid for an hour."""

    name: str
    bytes: int
    created_at: Moment
    expires_at: Moment
    url: str
