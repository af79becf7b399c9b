"""Answers about feedback on predictions, and the figures that follow from it."""

from maas_client.answers.base import Answer, Moment


class FeedbackError(Answer):
    """The reason of a refused item."""

    field: str
    rule: str
    message: str


class FeedbackItem(Answer):
    """`outcome` is accepted, replaced, duplicate, waiting, unknown or refused; `error` is that of a refused one."""

    outcome: str
    error: FeedbackError | None


class FeedbackSent(Answer):
    """How many items came to each outcome, and the outcome of each in their order."""

    accepted: int
    replaced: int
    duplicate: int
    waiting: int
    unknown: int
    refused: int
    items: list[FeedbackItem]


class Interval(Answer):
    """An estimate, and the ends of its interval of 95 %."""

    estimate: float
    low: float
    high: float


class CalibrationBin(Answer):
    """Rows by their confidence, or by the score of a class, and the part of them that is right."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


class ClassFigures(Answer):
    """`auc`, `ece` and `bins` are of the class's score against all other classes; None and empty without scores."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    auc: float | None
    ece: float | None
    bins: list[CalibrationBin]


class Classification(Answer):
    """Figures of labels. `auc` is off by at most `auc_error`. `ece` is the expected calibration error.

    Of more than two classes `auc` is the mean of each class against all others, and None until each has been true.
    """

    rows: int
    accuracy: Interval
    f1_macro: float
    classes: list[ClassFigures]
    auc: float | None
    auc_error: float | None
    ece: float | None
    bins: list[CalibrationBin]


class Regression(Answer):
    """Figures of numbers. `bias` is the mean of prediction minus truth."""

    rows: int
    rmse: float
    mae: float
    bias: float


class PerformancePoint(Answer):
    """The figures of the hour or day that begins at `at`."""

    at: Moment
    rows: int
    accuracy: float | None
    f1_macro: float | None
    auc: float | None
    ece: float | None
    rmse: float | None
    mae: float | None


class Segment(Answer):
    name: str
    value: str


class PerformanceGroup(Answer):
    """The figures of a version, of its side of a rollout or of one of its segments."""

    version: str
    rollout_id: str | None
    side: str | None
    segment: Segment | None
    classification: Classification | None
    regression: Regression | None
    points: list[PerformancePoint]


class Performance(Answer):
    """The figures of predictions made from `since` on, before `until`, as far as feedback on them has come.

    `step` is hour or day, `by` version, side or segment.
    """

    model_id: str
    since: Moment
    until: Moment
    step: str
    by: str
    items: list[PerformanceGroup]


class ComparedVersion(Answer):
    version: str
    classification: Classification | None
    regression: Regression | None


class Comparison(Answer):
    """Two versions. Changes are those from `old` to `new`; None if one of both has no such feedback."""

    model_id: str
    since: Moment
    until: Moment
    old: ComparedVersion
    new: ComparedVersion
    accuracy_change: Interval | None
    mae_change: Interval | None
