"""The answer of the readiness route."""

from typing import Literal

from maas.contracts.base import Answer


class PartAnswer(Answer):
    """One part behind the API, and how long its check took."""

    name: str
    state: Literal["up", "down", "off", "unknown"]
    milliseconds: int


class ReadinessAnswer(Answer):
    """`ready` is true if every part that requests need is up."""

    ready: bool
    parts: list[PartAnswer]
