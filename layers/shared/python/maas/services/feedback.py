"""Feedback on predictions, and the figures that follow from it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from maas.domain.catalog.versions import parse
from maas.domain.errors import InvalidInput, NotFound, Rule
from maas.domain.feedback.counts import added
from maas.domain.feedback.figures import (
    Classification,
    Regression,
    accuracy_change,
    classification,
    error_change,
    regression,
)
from maas.domain.feedback.given import Feedback
from maas.domain.feedback.intervals import Interval
from maas.domain.feedback.places import HOUR, Bucket, BucketCounts, ModelPlace
from maas.domain.identity.principals import Principal, Scope
from maas.services.joining_feedback import Joining, Outcome
from maas.services.ports.feedback import FeedbackStore
from maas.services.ports.models import ModelReader

# Counts that one answer reads, and groups that it shows.
READ_MAX, GROUPS_MAX = 20_000, 200
# Windows up to so many seconds have a point for each hour, longer ones for each day.
HOURLY_MAX = 2 * 24 * HOUR


class By(StrEnum):
    """What figures are grouped by: versions, sides of rollouts, or segments of versions."""

    VERSION = "version"
    SIDE = "side"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of labels and of numbers; None without rows of that kind."""

    classification: Classification | None
    regression: Regression | None


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of one hour or day that begins at `at`, in seconds since 1970."""

    at: int
    figures: Figures


@dataclass(slots=True)
class Group:
    """The figures of a version, of its side of a rollout or of a segment, and their points in time."""

    bucket: Bucket
    counts: dict[str, int] = field(default_factory=dict)
    steps: dict[int, dict[str, int]] = field(default_factory=dict)

    @property
    def figures(self) -> Figures:
        return _figures(self.counts)

    def points(self) -> Iterator[Point]:
        for at, counts in sorted(self.steps.items()):
            yield Point(at, _figures(counts))


@dataclass(frozen=True, slots=True)
class Performance:
    """The figures of predictions made from `start` on, before `end`; each group is one of `by`."""

    model_id: str
    start: int
    end: int
    step: int
    by: By
    groups: Sequence[Group]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions, and the change of accuracy and of the mean absolute error with its interval of 95 %."""

    model_id: str
    start: int
    end: int
    old: Group
    new: Group
    accuracy: Interval | None
    error: Interval | None


class FeedbackService:
    """The use case of feedback. `clock` returns seconds since 1970."""

    def __init__(self, models: ModelReader, store: FeedbackStore, clock: Callable[[], float] = time.time) -> None:
        self._models, self._store, self._clock = models, store, clock
        self._joining = Joining(store, clock)

    async def send(self, by: Principal, model_id: str, given: Sequence[Feedback]) -> list[Outcome]:
        """Stores feedback on predictions of a model of the caller's organization, and returns the outcome of each.

        Raises NotFound (model_id), PermissionDenied, Contended, Unavailable.
        """
        return self._joining.join(await self._place(by, model_id, Scope.INFERENCE_INVOKE), given)

    async def performance(self, by: Principal, model_id: str, seconds: int, grouped: By) -> Performance:
        """The figures of the predictions of the last `seconds`, in whole hours.

        Raises NotFound (model_id), InvalidInput (window: there is too much in it), Unavailable.
        """
        place = await self._place(by, model_id, Scope.MODELS_READ)
        hours, step = self._hours(seconds), HOUR if seconds <= HOURLY_MAX else 24 * HOUR
        groups = self._groups(place, hours, step, grouped)
        if len(groups) > GROUPS_MAX:
            raise InvalidInput.of("by", Rule.MAX_ITEMS, f"there are more than {GROUPS_MAX} groups in this window")
        return Performance(place.model_id, hours.start * HOUR, hours.stop * HOUR, step, grouped, groups)

    async def compare(self, by: Principal, model_id: str, seconds: int, old: str, new: str) -> Comparison:
        """Compares two versions by the predictions of the last `seconds`.

        Raises InvalidInput (from, to, window), NotFound (model_id), Unavailable.
        """
        numbers = parse(old, "from"), parse(new, "to")
        place = await self._place(by, model_id, Scope.MODELS_READ)
        hours = self._hours(seconds)
        known = {group.bucket.version: group for group in self._groups(place, hours, HOUR, By.VERSION)}
        first, second = (known.get(number) or Group(Bucket(0, number)) for number in numbers)
        changes = accuracy_change(first.counts, second.counts), error_change(first.counts, second.counts)
        return Comparison(place.model_id, hours.start * HOUR, hours.stop * HOUR, first, second, *changes)

    async def _place(self, by: Principal, model_id: str, right: Scope) -> ModelPlace:
        """The model, if it is the caller's organization's own. Raises NotFound."""
        model = await self._models.get_model(by, model_id, right)
        if model.tenant_id != by.tenant_id:
            raise NotFound.of("model_id", "model", model_id)
        return ModelPlace(model.tenant_id, model.id)

    def _hours(self, seconds: int) -> range:
        """The hours of a window that ends with this hour."""
        last = int(self._clock() // HOUR)
        return range(last - max(1, seconds // HOUR) + 1, last + 1)

    def _groups(self, place: ModelPlace, hours: range, step: int, grouped: By) -> list[Group]:
        groups: dict[Bucket, Group] = {}
        for bucket, counts in self._read(place, hours, grouped):
            name = _name(bucket, grouped)
            group = groups.setdefault(name, Group(name))
            added(group.counts, counts)
            added(group.steps.setdefault(bucket.hour * HOUR // step * step, {}), counts)
        found = [group for group in groups.values() if group.counts]
        return sorted(found, key=lambda group: (group.bucket.version, group.bucket.side, group.bucket.segment or ()))

    def _read(self, place: ModelPlace, hours: range, grouped: By) -> Iterator[BucketCounts]:
        found = self._store.counts(place, hours, segments=grouped is By.SEGMENT)
        for number, each in enumerate(found):
            if number == READ_MAX:
                raise InvalidInput.of("window", Rule.RANGE, "has more counts than are read at once; make it shorter")
            yield each


def _name(bucket: Bucket, grouped: By) -> Bucket:
    """The group of a bucket."""
    if grouped is By.SEGMENT:
        return Bucket(0, bucket.version, segment=bucket.segment)
    if grouped is By.SIDE:
        return Bucket(0, bucket.version, bucket.rollout_id, bucket.side)
    return Bucket(0, bucket.version)


def _figures(counts: dict[str, int]) -> Figures:
    return Figures(classification(counts), regression(counts))
