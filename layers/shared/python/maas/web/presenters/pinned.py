"""Answers of the pinned model."""

from typing import Any

from maas.contracts.pinned import PinnedAnswer, PinnedBatchAnswer
from maas.domain.inference.class_scores import class_scores
from maas.services.questions import Prediction


def pinned_answer(found: Prediction) -> PinnedAnswer | PinnedBatchAnswer:
    """One answer for one row, and one with lists for several."""
    nothing: list[list[float] | None] = [None] * len(found.rows)
    scores = [*(class_scores(found.outputs, len(found.rows)) or nothing)]
    confidences = [max(each) if each else None for each in scores]
    names = [_name(*each) for each in zip(found.rows, found.class_names, strict=True)]
    version = found.version.version
    if found.single:
        return PinnedAnswer(
            prediction=found.rows[0],
            class_name=names[0],
            confidence=confidences[0],
            probabilities=scores[0],
            model_version=version,
        )
    return PinnedBatchAnswer(
        predictions=found.rows,
        class_names=names,
        confidences=confidences,
        probabilities=scores,
        model_version=version,
    )


def _name(prediction: Any, class_name: str | None) -> str | None:
    return prediction if isinstance(prediction, str) else class_name
