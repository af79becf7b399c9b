"""The figures of versions that pictures compare: accuracy of labels, errors of numbers."""

from collections.abc import Callable
from dataclasses import dataclass

from maas_client.answers import Classification, Interval, PerformancePoint, Regression


@dataclass(frozen=True)
class Measure:
    """A figure with its unit. `of` reads it with its interval, `at` its value at one time."""

    title: str
    unit: str
    of: Callable[[Classification | None, Regression | None], Interval | None]
    at: Callable[[PerformancePoint], float | None]


def _accuracy(labels: Classification | None, _: Regression | None) -> Interval | None:
    return percent(labels.accuracy) if labels else None


def _error(_: Classification | None, numbers: Regression | None) -> Interval | None:
    return Interval(estimate=numbers.rmse, low=numbers.rmse, high=numbers.rmse) if numbers else None


def percent(found: Interval) -> Interval:
    return Interval(estimate=100 * found.estimate, low=100 * found.low, high=100 * found.high)


ACCURACY = Measure(
    "Accuracy", "accuracy (%)", _accuracy, lambda point: None if point.accuracy is None else 100 * point.accuracy
)
ERROR = Measure("RMSE", "RMSE (unit of the score)", _error, lambda point: point.rmse)
MEASURES = (ACCURACY, ERROR)
