"""Sketches what predictions were made of, from a thread, so that a prediction only adds itself to a queue.

Lambda stops threads between calls. A process that ends, or is killed, loses what it has not flushed: at most the
predictions of one period (docs/decisions/0084-sketches.md).
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from maas.domain.errors import Unavailable
from maas.domain.ids import new_id
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.predictions import Predicted
from maas.domain.monitoring.sketches import VersionSketch, joined
from maas.domain.monitoring.windows import Period
from maas.platform.background import Background
from maas.platform.observability import logger
from maas.services.ports.sketch_writer import SketchWriter
from maas.services.ports.sketches import Sketches

# Predictions that wait, and the bytes of their values. Further ones are not measured.
WAITING_MAX, WAITING_BYTES_MAX = 2_000, 16 * 2**20
# Versions and minutes that one process has sketches of at once. Predictions of further ones are not measured.
SKETCHES_MAX = 64
# Seconds between flushes, and between the looks at the queue.
PERIOD, PAUSE = 30.0, 1.0
# A prediction that is flushed later counts for the minute of the flush, since its hour may be rolled up already.
LATE = 300

_Pending = dict[tuple[Place, int], VersionSketch]


class SketchWatcher:
    """The PredictionWatcher port. Measures `share` of the predictions (0 to 1) and flushes to `store`.

    `period` and `pause` are in seconds; `clock` returns seconds since 1970.
    """

    def __init__(
        self,
        sketches: Sketches,
        store: SketchWriter,
        *,
        share: float = 1.0,
        period: float = PERIOD,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sketches, self._store, self._share = sketches, store, share
        self._period, self._clock = period, clock
        self._waiting: deque[Predicted] = deque()
        self._bytes = 0
        self._pending: _Pending = {}
        self._flushed: dict[Place, float] = {}
        self._process, self._number = new_id(), 0
        self._lock, self._working = threading.Lock(), threading.Lock()
        self._background = Background("monitoring", self.work, pause=pause, lost="sketches are lost")
        self._is_off = False
        self.dropped = 0

    def predicted(self, made: Predicted) -> None:
        """Adds it to the queue, or counts it as dropped if the queue is full."""
        if self._is_off:
            return
        if self._share < 1.0 and random.random() >= self._share:  # noqa: S311 - not a secret
            return
        size = made.size
        with self._lock:
            if len(self._waiting) >= WAITING_MAX or self._bytes + size > WAITING_BYTES_MAX:
                self.dropped += 1
                return
            self._waiting.append(made)
            self._bytes += size
        self._background.wake()

    def stop(self) -> None:
        """Stores all sketches, when no predictions come any more. A failure is logged."""
        self._background.attempt(partial(self.work, flush=True))

    def work(self, *, flush: bool = False) -> None:
        """Sketches what waits, and stores the sketches of versions not stored within a period; of all with `flush`."""
        with self._working:
            with self._lock:
                waiting, self._waiting, self._bytes = self._waiting, deque(), 0
            try:
                for key, made in _by_place(waiting).items():
                    self._add(key, made)
                self._flush(self._clock(), everything=flush)
            finally:
                if self._pending:  # their period ends without further predictions too
                    self._background.wake()

    def _add(self, key: tuple[Place, int], made: Sequence[Predicted]) -> None:
        if key not in self._pending and len(self._pending) >= SKETCHES_MAX:
            self.dropped += len(made)
            return
        try:
            found = self._sketches.sketched(made)
            known = self._pending.get(key)
            self._pending[key] = found if known is None else joined([known, found], self._sketches.joined)
        except Unavailable as error:  # the libraries are missing, and stay so
            self._is_off = True
            logger.warning("predictions are not measured", reason=error.message)
        except Exception as error:  # noqa: BLE001 - these are not measured, others are
            self.dropped += len(made)
            logger.error("predictions are not measured", exc_info=error)

    def _flush(self, now: float, *, everything: bool) -> None:
        """Stores sketches under the name of this flush. Those that can't be stored are lost, never doubled."""
        self._flushed = {place: at for place, at in self._flushed.items() if 0 <= now - at < self._period}
        due = {key: each for key, each in self._pending.items() if everything or key[0] not in self._flushed}
        self._pending = {key: each for key, each in self._pending.items() if key not in due}
        self._flushed |= {place: now for place, _ in due}
        self._number += 1
        for (place, minute), sketch in due.items():
            start = minute if now - minute < LATE else Period.MINUTE.start(now)
            source = f"{self._process}#{self._number:06d}.{minute % 86400 // 60:04d}"
            self._store.put(Flush(place, Period.MINUTE, start, source, sketch))
        if self.dropped:
            logger.warning("predictions were not measured", dropped=self.dropped)
            self.dropped = 0


def _by_place(waiting: "deque[Predicted]") -> dict[tuple[Place, int], list[Predicted]]:
    found: dict[tuple[Place, int], list[Predicted]] = {}
    for made in waiting:
        found.setdefault((Place.of(made.version), Period.MINUTE.start(made.at)), []).append(made)
    return found
