"""Predictions between the use case and the contract."""

from typing import Any

from maas.contracts.inference import BatchAnswer, DataframeSplit, PredictionAnswer, PredictRequest
from maas.domain.inference.frames import Split
from maas.platform.request_context import remaining_seconds
from maas.services.inference import Prediction, Question


def question(model_id: str, body: PredictRequest) -> Question:
    """A question that ends before Lambda stops the function, so that the answer is a 408."""
    return Question(
        model_id=model_id,
        version=body.version,
        features=body.features,
        inputs=body.inputs,
        records=body.dataframe_records,
        split=_split(body.dataframe_split),
        timeout=remaining_seconds(body.timeout),
    )


def _split(frame: DataframeSplit | None) -> Split | None:
    return Split(frame.columns, frame.data) if frame else None


def prediction_answer(found: Prediction) -> PredictionAnswer | BatchAnswer:
    common: dict[str, Any] = {
        "outputs": found.outputs,
        "model_id": found.version.model_id,
        "version": found.version.version,
        "cached": found.cached,
        "duration_ms": round(found.seconds * 1000, 3),
    }
    if found.single:
        return PredictionAnswer(prediction=found.rows[0], class_name=found.class_names[0], **common)
    return BatchAnswer(predictions=found.rows, class_names=found.class_names, **common)
