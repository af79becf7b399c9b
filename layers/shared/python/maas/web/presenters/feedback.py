"""Feedback and its figures between the use case and the contract."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from maas.contracts.feedback import (
    BinAnswer,
    ClassAnswer,
    ClassificationAnswer,
    ComparedAnswer,
    ComparisonAnswer,
    FeedbackAnswer,
    FeedbackItem,
    FeedbackRequest,
    GroupAnswer,
    IntervalAnswer,
    ItemAnswer,
    ItemErrorAnswer,
    PerformanceAnswer,
    PointAnswer,
    RegressionAnswer,
    SegmentAnswer,
)
from maas.domain.errors import InvalidInput, Rule
from maas.domain.feedback.figures import ClassFigures, Classification, Regression
from maas.domain.feedback.given import Feedback
from maas.domain.feedback.intervals import Interval
from maas.domain.feedback.places import HOUR
from maas.domain.feedback.scores import Bin
from maas.services.feedback import Comparison, Group, Performance, Point
from maas.services.joining_feedback import Outcome, State


def feedback_of(body: FeedbackRequest) -> list[Feedback]:
    """The checked feedback of a body. Raises InvalidInput (a field, or `items[<place>].` and a field)."""
    if body.items is None:
        return [_feedback(body).checked()]
    if beside := body.model_fields_set - {"model_id", "items"}:
        raise InvalidInput.of(min(beside), Rule.EXCLUSIVE, "must not be given beside items")
    return [_feedback(item).checked(f"items[{place}].") for place, item in enumerate(body.items)]


def _feedback(item: FeedbackItem) -> Feedback:
    return Feedback(prediction_id=item.prediction_id, key=item.key, row=item.row, label=item.label, score=item.score)


def feedback_answer(outcomes: Sequence[Outcome]) -> FeedbackAnswer:
    number = Counter(outcome.state for outcome in outcomes)
    return FeedbackAnswer(
        accepted=number[State.ACCEPTED],
        replaced=number[State.REPLACED],
        duplicate=number[State.DUPLICATE],
        waiting=number[State.WAITING],
        unknown=number[State.UNKNOWN],
        refused=number[State.REFUSED],
        items=[_item(outcome) for outcome in outcomes],
    )


def _item(outcome: Outcome) -> ItemAnswer:
    error = outcome.error
    told = ItemErrorAnswer(field=error.field, rule=error.rule, message=error.message) if error else None
    return ItemAnswer(outcome=outcome.state.value, error=told)


def performance_answer(found: Performance) -> PerformanceAnswer:
    return PerformanceAnswer(
        model_id=found.model_id,
        since=_moment(found.start),
        until=_moment(found.end),
        step="hour" if found.step == HOUR else "day",
        by=found.by.value,
        items=[_group(group) for group in found.groups],
    )


def comparison_answer(found: Comparison) -> ComparisonAnswer:
    return ComparisonAnswer(
        model_id=found.model_id,
        since=_moment(found.start),
        until=_moment(found.end),
        old=_compared(found.old),
        new=_compared(found.new),
        accuracy_change=_interval(found.accuracy),
        mae_change=_interval(found.error),
    )


def _compared(group: Group) -> ComparedAnswer:
    figures = group.figures
    return ComparedAnswer(
        version=group.bucket.version,
        classification=_classification(figures.classification),
        regression=_regression(figures.regression),
    )


def _group(group: Group) -> GroupAnswer:
    bucket, figures = group.bucket, group.figures
    return GroupAnswer(
        version=bucket.version,
        rollout_id=bucket.rollout_id or None,
        side=bucket.side or None,
        segment=SegmentAnswer(name=bucket.segment[0], value=bucket.segment[1]) if bucket.segment else None,
        classification=_classification(figures.classification),
        regression=_regression(figures.regression),
        points=[_point(point) for point in group.points()],
    )


def _point(point: Point) -> PointAnswer:
    labels, numbers = point.figures.classification, point.figures.regression
    return PointAnswer(
        at=_moment(point.at),
        rows=(labels.rows if labels else 0) + (numbers.rows if numbers else 0),
        accuracy=labels.accuracy.estimate if labels else None,
        f1_macro=labels.f1_macro if labels else None,
        auc=labels.auc if labels else None,
        ece=labels.ece if labels else None,
        rmse=numbers.rmse if numbers else None,
        mae=numbers.mae if numbers else None,
    )


def _classification(found: Classification | None) -> ClassificationAnswer | None:
    if found is None:
        return None
    return ClassificationAnswer(
        rows=found.rows,
        accuracy=IntervalAnswer(estimate=found.accuracy.estimate, low=found.accuracy.low, high=found.accuracy.high),
        f1_macro=found.f1_macro,
        classes=[_class(each) for each in found.classes],
        auc=found.auc,
        auc_error=found.auc_error,
        ece=found.ece,
        bins=[_bin(each) for each in found.bins],
    )


def _class(found: ClassFigures) -> ClassAnswer:
    return ClassAnswer(
        label=found.label,
        precision=found.precision,
        recall=found.recall,
        f1=found.f1,
        support=found.support,
        auc=found.auc,
        ece=found.ece,
        bins=[_bin(each) for each in found.bins],
    )


def _bin(found: Bin) -> BinAnswer:
    return BinAnswer(
        low=found.low, high=found.high, rows=found.rows, confidence=found.confidence, accuracy=found.accuracy
    )


def _regression(found: Regression | None) -> RegressionAnswer | None:
    return RegressionAnswer(rows=found.rows, rmse=found.rmse, mae=found.mae, bias=found.bias) if found else None


def _interval(found: Interval | None) -> IntervalAnswer | None:
    return IntervalAnswer(estimate=found.estimate, low=found.low, high=found.high) if found else None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
