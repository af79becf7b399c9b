"""Answers of the routes of predictions and of warming."""

from typing import Any

from maas.contracts.base import Answer


class WarmAnswer(Answer):
    """A version that the answering process has loaded. `refused_samples` has reasons by the sample's place, from 0."""

    model_id: str
    version: str
    samples: int
    refused_samples: dict[str, str]
    duration_ms: float


class RolloutSideAnswer(Answer):
    """The rollout that has routed the call, and the side that answered it: `live` or `candidate`."""

    id: str
    side: str


class PredictionAnswer(Answer):
    """The answer for one row, or for several if the first output is not by row.

    `prediction` is the first output; of one row, without the lists of one item around it. It is null if it has more
    than 10,000 values: they are in `outputs`.
    `outputs` are nested lists by name, with null for NaN and infinities. `duration_ms` is the time inside the service.
    `prediction_id` names the prediction in feedback. `rollout` is null unless an alias with an active rollout
    was called.
    """

    prediction: Any
    class_name: str | None
    prediction_id: str
    rollout: RolloutSideAnswer | None
    model_id: str
    version: str
    cached: bool
    duration_ms: float
    outputs: dict[str, Any]


class BatchAnswer(Answer):
    """The answer for several rows, in their order; the other fields are those of PredictionAnswer."""

    predictions: list[Any]
    class_names: list[str | None]
    prediction_id: str
    rollout: RolloutSideAnswer | None
    model_id: str
    version: str
    cached: bool
    duration_ms: float
    outputs: dict[str, Any]
