"""Bodies of feedback on predictions, and of the figures that follow from it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from maas.contracts.base import Answer, Body, Integer

ITEMS_MAX = 1_000


def _label(value: Any) -> Any:
    """Accepts a text, a whole number or a truth value; a union would answer with an error for each."""
    if not isinstance(value, str | int):
        raise PydanticCustomError("label_type", "must be a string, an integer or a boolean")
    return value


class FeedbackItem(Body):
    """The truth of one row of a prediction, which `prediction_id` or your own `key` names.

    `label` is a class: its name, its index or a truth value. `score` is the true number of a regression.
    """

    prediction_id: str = Field("", max_length=64)
    key: str = ""
    row: Integer = 0
    label: Annotated[Any, BeforeValidator(_label)] = None
    score: float | None = None


class FeedbackRequest(FeedbackItem):
    """One truth, or several in `items`; all are of predictions of one model."""

    model_id: str = Field(max_length=165, description="the model's id or name")
    items: list[FeedbackItem] | None = Field(None, min_length=1, max_length=ITEMS_MAX)


class ItemErrorAnswer(Answer):
    """The reason of a refused item, as of a problem's `errors`."""

    field: str
    rule: str
    message: str


class ItemAnswer(Answer):
    """What became of one item: accepted, replaced, duplicate, waiting, unknown or refused.

    `error` is that of a refused one, else null.
    """

    outcome: str
    error: ItemErrorAnswer | None


class FeedbackAnswer(Answer):
    """How many items came to each outcome, and the outcome of each."""

    accepted: int
    replaced: int
    duplicate: int
    waiting: int
    unknown: int
    refused: int
    items: list[ItemAnswer]


class IntervalAnswer(Answer):
    """An estimate, and the ends of its interval of 95 %."""

    estimate: float
    low: float
    high: float


class BinAnswer(Answer):
    """The rows whose confidence, or score of a class, is from `low` on and below `high`."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


class ClassAnswer(Answer):
    """Figures of one class. `auc`, `ece` and `bins` are of its score against all other classes, null without scores."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    auc: float | None
    ece: float | None
    bins: list[BinAnswer]


class ClassificationAnswer(Answer):
    """Figures of rows with a label. `auc` is off by at most `auc_error`; both are null without scores.

    Of more than two classes `auc` is the mean of each class against all others, and null until each has been true.
    `ece` (expected calibration error) and `bins` are of rows whose model tells a confidence.
    """

    rows: int
    accuracy: IntervalAnswer
    f1_macro: float
    classes: list[ClassAnswer]
    auc: float | None
    auc_error: float | None
    ece: float | None
    bins: list[BinAnswer]


class RegressionAnswer(Answer):
    """Figures of rows with a score. `bias` is the mean of prediction minus truth."""

    rows: int
    rmse: float
    mae: float
    bias: float


class PointAnswer(Answer):
    """The figures of the hour or day that begins at `at`."""

    at: datetime
    rows: int
    accuracy: float | None
    f1_macro: float | None
    auc: float | None
    ece: float | None
    rmse: float | None
    mae: float | None


class SegmentAnswer(Answer):
    name: str
    value: str


class GroupAnswer(Answer):
    """The figures of a version, of its side of a rollout or of one of its segments."""

    version: str
    rollout_id: str | None
    side: str | None
    segment: SegmentAnswer | None
    classification: ClassificationAnswer | None
    regression: RegressionAnswer | None
    points: list[PointAnswer]


class PerformanceAnswer(Answer):
    """The figures of predictions made from `since` on, before `until`, as far as feedback on them has come.

    `step` is hour or day, `by` version, side or segment.
    """

    model_id: str
    since: datetime
    until: datetime
    step: str
    by: str
    items: list[GroupAnswer]


class ComparedAnswer(Answer):
    version: str
    classification: ClassificationAnswer | None
    regression: RegressionAnswer | None


class ComparisonAnswer(Answer):
    """Two versions. Changes are those from `old` to `new`; null if one of both has no such feedback."""

    model_id: str
    since: datetime
    until: datetime
    old: ComparedAnswer
    new: ComparedAnswer
    accuracy_change: IntervalAnswer | None
    mae_change: IntervalAnswer | None
