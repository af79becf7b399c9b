"""Keeps a sample of predictions, so that feedback can be joined with them. It never keeps a call waiting.

A call only puts its prediction into a list. A thread takes what is in it once a second, and stores it.
"""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from maas.domain.errors import MaasError
from maas.domain.feedback.keeping import kept
from maas.domain.feedback.kept import Kept
from maas.domain.feedback.places import by_place, key_reference
from maas.domain.monitoring.predictions import Predicted
from maas.platform.background import Background
from maas.platform.observability import count, logger
from maas.platform.request_context import prediction_key
from maas.services.joining_feedback import Joining
from maas.services.ports.feedback import FeedbackStore

# Seconds between two flushes, and predictions with a key of their caller that one flush takes.
PAUSE, KEYED_MAX = 1.0, 1_000
# Bytes of the outputs and inputs of predictions that wait; a larger one is not kept.
BYTES_MAX = 16 * 1024 * 1024


@dataclass(slots=True)
class _Pending:
    """Predictions of one flush. `seen` counts those without a key, from which `sampled` is drawn."""

    sampled: list[Predicted]
    keyed: list[tuple[str, Predicted]]
    seen: int = 0
    held: int = 0


class KeepingPredictions:
    """The PredictionWatcher that keeps predictions.

    Of those of a flush it keeps `sample_max`, drawn evenly (reservoir sampling), and all that have a key. Lambda stops
    threads between calls: the predictions of an environment's last second may be kept with its next call, or not.
    """

    def __init__(self, store: FeedbackStore, sample_max: int, *, pause: float = PAUSE) -> None:
        self._store, self._joining = store, Joining(store)
        self._sample_max = sample_max
        self._pending = _Pending([], [])
        self._lock, self._sending = threading.Lock(), threading.Lock()
        self._thread = Background("feedback", self._work, pause=pause, lost="predictions are not kept")

    def predicted(self, made: Predicted) -> None:
        key, size = prediction_key(), made.size
        with self._lock:
            taken = self._takes(key, made, size)
        if taken:
            self._thread.wake()

    def stop(self) -> None:
        """Keeps the predictions that wait, when no others may come. A failure is logged."""
        self._work()

    def flush(self) -> None:
        """Keeps the predictions that wait."""
        with self._sending:
            with self._lock:
                pending, self._pending = self._pending, _Pending([], [])
            found = [kept(made) for made in pending.sampled]
            found += [kept(made, key) for key, made in pending.keyed]
            self.keep([each for each in found if each])

    def _takes(self, key: str, made: Predicted, size: int) -> bool:
        """Puts a prediction into the sample. Returns whether it is there."""
        pending = self._pending
        if pending.held + size > BYTES_MAX:
            count("PredictionsNotKept")
            return False
        if key:
            if len(pending.keyed) >= KEYED_MAX:
                count("PredictionsNotKept")
                return False
            pending.keyed.append((key, made))
        elif not self._sampled(pending, made):
            return False
        pending.held += size
        return True

    def _sampled(self, pending: _Pending, made: Predicted) -> bool:
        """Vitter's algorithm R: each prediction of the flush is in the sample with the same probability."""
        pending.seen += 1
        if len(pending.sampled) < self._sample_max:
            pending.sampled.append(made)
            return True
        place = random.randrange(pending.seen)  # noqa: S311 - no secret
        if place >= self._sample_max:
            return False
        pending.held -= pending.sampled[place].size
        pending.sampled[place] = made
        return True

    def keep(self, found: Sequence[Kept]) -> None:
        """Stores predictions, and then joins the feedback that has come before them."""
        if not found:
            return
        self._store.keep(found)
        for place, predictions in by_place(found).items():
            references = {each.prediction_id for each in predictions}
            references |= {key_reference(each.key) for each in predictions if each.key}
            early = self._store.waiting(place, references)
            if early:
                self._joining.join(place, early, only_new=True)

    def _work(self) -> None:
        try:
            self.flush()
        except MaasError as error:
            count("PredictionsNotKept")
            logger.warning("predictions are not kept", reason=error.message)
