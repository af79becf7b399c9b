"""Answers of predictions."""

from typing import Any

from maas_client.answers.base import Answer


class RolloutSide(Answer):
    """The rollout that has routed a call, and the side that answered it: `live` or `candidate`."""

    id: str
    side: str


class Prediction(Answer):
    """The answer for one row, or for several whose first output is not by row. `outputs` are nested lists by name."""

    prediction: Any
    class_name: str | None
    prediction_id: str
    rollout: RolloutSide | None
    model_id: str
    version: str
    cached: bool
    duration_ms: float
    outputs: dict[str, Any]


class Batch(Answer):
    """The answer for several rows, in their order."""

    predictions: list[Any]
    class_names: list[str | None]
    prediction_id: str
    rollout: RolloutSide | None
    model_id: str
    version: str
    cached: bool
    duration_ms: float
    outputs: dict[str, Any]


class Warmed(Answer):
    """A version that one process has loaded. `refused_samples` has reasons by the sample's place, from 0."""

    model_id: str
    version: str
    samples: int
    refused_samples: dict[str, str]
    duration_ms: float
