"""Joins feedback with kept predictions, exactly once however often it is sent.

See docs/decisions/0087-feedback-is-counted-when-it-comes.md.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from maas.domain.errors import Contended, FieldError, InvalidInput
from maas.domain.feedback.counts import added, contribution
from maas.domain.feedback.given import Feedback, Truth, truth_of
from maas.domain.feedback.kept import WAITING_SECONDS, Kept, KeptRow
from maas.domain.feedback.places import Change, Changes, ModelPlace, buckets, reference
from maas.domain.ids import first_id
from maas.services.ports.feedback import FeedbackStore

# Rows of one transaction: each has a truth and up to five counts, and DynamoDB takes 100 writes. A row of ten classes
# adds to as many counts of scores, and one update of an item takes 4 KB; moto's parser takes less than 150 counts.
TOGETHER = 6
_ATTEMPTS = 8
# What a rollout is judged by: right labels, and sizes of errors (maas.domain.feedback.counts).
_OF_SIDES = ("n", "ok", "rn", "a", "q")
# Seconds by which the clock of the process that predicted may be ahead.
_SKEW = 600


class State(StrEnum):
    """What became of feedback. `waiting`: its prediction is not kept yet, and it is joined when it is."""

    ACCEPTED = "accepted"
    REPLACED = "replaced"
    DUPLICATE = "duplicate"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state of one feedback; `error` is the reason of a refused one."""

    state: State
    error: FieldError | None = None


class Joining:
    """Stores feedback. `clock` returns seconds since 1970."""

    def __init__(self, store: FeedbackStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def join(self, place: ModelPlace, given: Sequence[Feedback], *, only_new: bool = False) -> list[Outcome]:
        """Stores feedback and its counts, and returns the outcome of each, in order.

        With `only_new` a truth that is stored already stays. Raises Contended, Unavailable; feedback before may be
        stored then, and to send all of it again counts it once.
        """
        found: list[Outcome] = []
        for start in range(0, len(given), TOGETHER):
            found += self._together(place, given[start : start + TOGETHER], only_new=only_new)
        return found

    def _together(self, place: ModelPlace, given: Sequence[Feedback], *, only_new: bool) -> list[Outcome]:
        known = self._known(place, given)
        for _ in range(_ATTEMPTS):
            batch = _Batch(self._store, place, known, only_new=only_new)
            outcomes = [batch.outcome(each) or self._unjoined(each) for each in given]
            if not batch.changes or self._store.record(batch.changes):
                return outcomes
        raise Contended("others keep changing the same feedback; try again")

    def _known(self, place: ModelPlace, given: Sequence[Feedback]) -> list[tuple[Feedback, Kept]]:
        """The feedback whose predictions are kept.

        The others are stored first and looked up again: whoever keeps a prediction looks for feedback afterwards, so
        one of both finds the other.
        """
        kept = dict(self._store.kept(place, {reference(each) for each in given}))
        early = [each for each in given if reference(each) not in kept and self._may_come(each)]
        if early:
            self._store.wait(place, early)
            kept |= self._store.kept(place, {reference(each) for each in early})
        return [(each, kept[reference(each)]) for each in given if reference(each) in kept]

    def _may_come(self, given: Feedback) -> bool:
        """Returns whether the prediction may be kept later: its id tells when it was made, and a key does not."""
        now = self._clock()
        oldest, newest = (first_id(round(1000 * at)) for at in (now - WAITING_SECONDS, now + _SKEW))
        return bool(given.key) or oldest <= given.prediction_id < newest

    def _unjoined(self, given: Feedback) -> Outcome:
        return Outcome(State.WAITING if self._may_come(given) else State.UNKNOWN)


class _Batch:
    """The changes of feedback on kept predictions, from the truths that are stored now."""

    def __init__(
        self, store: FeedbackStore, place: ModelPlace, known: Sequence[tuple[Feedback, Kept]], *, only_new: bool
    ) -> None:
        self._kept = {reference(given): kept for given, kept in known}
        self._before = dict(store.truths(place, {(kept.prediction_id, given.row) for given, kept in known}))
        self._now = dict(self._before)
        self._only_new = only_new
        self.changes = Changes(place)

    def outcome(self, given: Feedback) -> Outcome | None:
        """What becomes of one feedback; None if its prediction is not kept."""
        kept = self._kept.get(reference(given))
        if kept is None:
            return None
        try:
            row, truth = truth_of(kept, given)
        except InvalidInput as error:
            return Outcome(State.REFUSED, error.fields[0])
        place = kept.prediction_id, given.row
        old = self._now.get(place, "")
        if old == truth.text or (old and self._only_new):
            return Outcome(State.DUPLICATE)
        if old:
            self._count(kept, row, Truth.of(old), -1)
        self._count(kept, row, truth, 1)
        self._now[place] = truth.text
        self.changes.truths[place] = Change(kept, given.row, self._before.get(place, ""), truth.text)
        return Outcome(State.REPLACED if old else State.ACCEPTED)

    def _count(self, kept: Kept, row: KeptRow, truth: Truth, sign: int) -> None:
        counts = contribution(kept, row, truth)
        for bucket in buckets(kept, row):
            added(self.changes.counts.setdefault(bucket, {}), counts, sign)
        if kept.rollout_id:
            side = self.changes.rollouts.setdefault((kept.rollout_id, kept.side), {})
            added(side, {name: counts[name] for name in _OF_SIDES if name in counts}, sign)
