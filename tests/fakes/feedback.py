"""The store of feedback in memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from maas.domain.errors import Unavailable
from maas.domain.feedback.counts import added
from maas.domain.feedback.given import Feedback
from maas.domain.feedback.kept import Kept
from maas.domain.feedback.places import Bucket, BucketCounts, Changes, ModelPlace, key_reference, reference
from maas.domain.feedback.totals import SideCounts


@dataclass
class FakeFeedback:
    """The FeedbackStore port. Nothing expires. While `broken`, every call raises Unavailable."""

    predictions: dict[tuple[ModelPlace, str], Kept] = field(default_factory=dict)
    stored: dict[tuple[ModelPlace, str, int], str] = field(default_factory=dict)
    waits: dict[tuple[ModelPlace, str, int], Feedback] = field(default_factory=dict)
    hours: dict[tuple[ModelPlace, Bucket], dict[str, int]] = field(default_factory=dict)
    rollouts: dict[tuple[str, str, str], dict[str, int]] = field(default_factory=dict)
    broken: bool = False

    def keep(self, predictions: Sequence[Kept]) -> None:
        self._check()
        for each in predictions:
            place = ModelPlace(each.tenant_id, each.model_id)
            self.predictions[place, each.prediction_id] = each
            if each.key:
                self.predictions[place, key_reference(each.key)] = each

    def kept(self, place: ModelPlace, references: Iterable[str]) -> Mapping[str, Kept]:
        self._check()
        return {name: self.predictions[place, name] for name in references if (place, name) in self.predictions}

    def truths(self, place: ModelPlace, rows: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
        self._check()
        return {row: self.stored[place, *row] for row in rows if (place, *row) in self.stored}

    def record(self, changes: Changes) -> bool:
        self._check()
        place = changes.place
        if any(self.stored.get((place, *row), "") != change.before for row, change in changes.truths.items()):
            return False
        self.stored |= {(place, *row): change.after for row, change in changes.truths.items()}
        for bucket, counts in changes.counts.items():
            added(self.hours.setdefault((place, bucket), {}), counts)
        for side, counts in changes.rollouts.items():
            added(self.rollouts.setdefault((place.tenant_id, *side), {}), counts)
        return True

    def wait(self, place: ModelPlace, given: Sequence[Feedback]) -> None:
        self._check()
        self.waits |= {(place, reference(each), each.row): each for each in given}

    def waiting(self, place: ModelPlace, references: Iterable[str]) -> Sequence[Feedback]:
        self._check()
        wanted = set(references)
        return [each for (at, name, _), each in self.waits.items() if at == place and name in wanted]

    def counts(self, place: ModelPlace, hours: range, *, segments: bool) -> Iterator[BucketCounts]:
        self._check()
        found = [(bucket, counts) for (at, bucket), counts in self.hours.items() if at == place and counts]
        for bucket, counts in sorted(found, key=lambda entry: entry[0].hour):
            if bucket.hour in hours and (bucket.segment is not None) == segments:
                yield bucket, dict(counts)

    def sides(self, tenant_id: str, rollout_id: str) -> SideCounts:
        self._check()
        return {key[2]: counts for key, counts in self.rollouts.items() if key[:2] == (tenant_id, rollout_id)}

    def _check(self) -> None:
        if self.broken:
            raise Unavailable("feedback can't be read or stored just now; try again")
