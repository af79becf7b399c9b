"""The store of kept predictions, of feedback and of their counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from maas.domain.feedback.given import Feedback
from maas.domain.feedback.kept import Kept
from maas.domain.feedback.places import BucketCounts, Changes, ModelPlace
from maas.domain.feedback.totals import SideCounts


class FeedbackStore(Protocol):
    """Every method raises Unavailable if the store does not answer."""

    def keep(self, predictions: Sequence[Kept]) -> None:
        """Keeps predictions until JOIN_SECONDS after they were made. Keeping one again changes nothing.

        Of several with one key, the last one that is kept is found by it.
        """
        ...

    def kept(self, place: ModelPlace, references: Iterable[str]) -> Mapping[str, Kept]:
        """The kept predictions by reference, as they are now; without those that are not, or not any more."""
        ...

    def truths(self, place: ModelPlace, rows: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
        """The texts of stored truths, by prediction id and row."""
        ...

    def record(self, changes: Changes) -> bool:
        """Stores changes and adds to their counts. Returns False, and stores nothing, if a truth has changed since."""
        ...

    def wait(self, place: ModelPlace, given: Sequence[Feedback]) -> None:
        """Keeps feedback on predictions that are not kept yet, for WAITING_SECONDS; the last one of a row."""
        ...

    def waiting(self, place: ModelPlace, references: Iterable[str]) -> Sequence[Feedback]:
        """The feedback that waits for these predictions."""
        ...

    def counts(self, place: ModelPlace, hours: range, *, segments: bool) -> Iterator[BucketCounts]:
        """The counts of these hours, by version or by segment, in order of the hours."""
        ...

    def sides(self, tenant_id: str, rollout_id: str) -> SideCounts:
        """The counts of a rollout's sides; without one that has no feedback."""
        ...
