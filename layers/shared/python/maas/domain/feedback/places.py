"""Where feedback and its counts are kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from maas.domain.feedback.given import Feedback
from maas.domain.feedback.kept import Kept, KeptRow
from maas.domain.feedback.totals import Counts

HOUR = 3600


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """A model of an organization, which alone reads and judges its predictions."""

    tenant_id: str
    model_id: str


def by_place(predictions: Iterable[Kept]) -> Mapping[ModelPlace, list[Kept]]:
    """The predictions of each model."""
    found: dict[ModelPlace, list[Kept]] = {}
    for each in predictions:
        found.setdefault(ModelPlace(each.tenant_id, each.model_id), []).append(each)
    return found


@dataclass(frozen=True, slots=True)
class Bucket:
    """The counts of an hour, in hours since 1970, of a version; of one side of a rollout, or of one segment."""

    hour: int
    version: str
    rollout_id: str = ""
    side: str = ""
    segment: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A new truth of a row of a prediction. `before` is the text of the one that is stored, empty without one."""

    kept: Kept
    row: int
    before: str
    after: str


@dataclass(slots=True)
class Changes:
    """Changes that are stored together or not at all, with what they add to counts."""

    place: ModelPlace
    truths: dict[tuple[str, int], Change] = field(default_factory=dict)
    counts: dict[Bucket, dict[str, int]] = field(default_factory=dict)
    rollouts: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(change.before != change.after for change in self.truths.values())


def reference(given: Feedback) -> str:
    """The name by which a prediction is looked up: its id, or the caller's own key."""
    return key_reference(given.key) if given.key else given.prediction_id


def key_reference(key: str) -> str:
    """The reference of a key; never that of an id."""
    return f"key:{key}"


def buckets(kept: Kept, row: KeptRow) -> Iterator[Bucket]:
    """Every bucket that counts a row."""
    hour = int(kept.at // HOUR)
    yield Bucket(hour, kept.version, kept.rollout_id, kept.side)
    for segment in row.segments.items():
        yield Bucket(hour, kept.version, segment=segment)


BucketCounts = tuple[Bucket, Counts]
