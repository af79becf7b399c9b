"""Stores a sample of predictions with their inputs, where a model's owner wants it. It never keeps a call waiting.

A call takes its prediction's values, without the redacted ones, into a bounded list. A thread writes what is in it, one
file for each model. A process that ends, or is killed, loses what it has not written: at most that of one period.
"""

import gzip
import random
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from maas.domain.capturing.captures import new_key
from maas.domain.errors import MaasError
from maas.domain.monitoring.captured import Captured, captured, first_rows, line
from maas.domain.monitoring.predictions import Predicted
from maas.platform.background import Background
from maas.platform.observability import count, logger, publish
from maas.services.ports.captures import CaptureWriter

# Seconds between two files of a model by one process.
PERIOD = 30.0
# Predictions that wait, and the bytes of their values. Further ones are not stored; nor is one of more bytes than ONE.
WAITING_MAX, WAITING_BYTES_MAX, ONE_MAX = 10_000, 16 * 2**20, 2**20
# Seconds after which a prediction that waits is not stored any more: inputs of a model that is deleted, or whose owner
# wants them no more, are removed an hour later, and none may come after that. Lambda stops threads between calls.
STALE = 2700.0

_Model = tuple[str, str, int]


class CapturingPredictions:
    """The PredictionWatcher that stores inputs: of all rows of a call, or of the first `rows_max`.

    `pause` is in seconds.
    """

    def __init__(self, store: CaptureWriter, *, rows_max: int | None = None, pause: float = PERIOD) -> None:
        self._store, self._rows_max = store, rows_max
        self._waiting: list[Captured] = []
        self._bytes = 0
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._thread = Background("captures", self.flush, pause=pause, lost="predictions are not captured")

    def predicted(self, made: Predicted) -> None:
        """Takes the values of a prediction, if its model's owner wants it and chance has chosen it."""
        capture = made.capture
        if capture is None or random.random() * 100 >= capture.percent:  # noqa: S311 - no secret
            return
        if self._rows_max:
            made = first_rows(made, self._rows_max)
        found = captured(made, capture) if made.feed.size <= ONE_MAX else None
        if found and found.size <= ONE_MAX and self._takes(found):
            self._thread.wake()
        else:
            count("PredictionsNotCaptured")

    def stop(self) -> None:
        """Writes what waits, when no predictions come any more. A failure is logged."""
        self._thread.attempt()

    def flush(self) -> None:
        """Writes the predictions that wait. Those that can't be written are lost, and never written twice."""
        with self._writing:
            with self._lock:
                waiting, self._waiting, self._bytes = self._waiting, [], 0
            earliest = time.time() - STALE
            fresh = [each for each in waiting if each.at >= earliest]
            if len(fresh) < len(waiting):
                publish({"PredictionsNotCaptured": len(waiting) - len(fresh)})
            for model, found in _by_model(fresh).items():
                self._write(model, found)

    def _takes(self, found: Captured) -> bool:
        with self._lock:
            if len(self._waiting) >= WAITING_MAX or self._bytes + found.size > WAITING_BYTES_MAX:
                return False
            self._waiting.append(found)
            self._bytes += found.size
            return True

    def _write(self, model: _Model, found: Sequence[Captured]) -> None:
        tenant_id, model_id, keep_days = model
        last = datetime.fromtimestamp(max(each.at for each in found), UTC)
        content = gzip.compress("".join(f"{line(each)}\n" for each in found).encode(), compresslevel=5, mtime=0)
        try:
            self._store.put(new_key(tenant_id, model_id, keep_days, last), content, keep_days)
        except MaasError as error:
            publish({"PredictionsNotCaptured": len(found)})
            logger.warning("predictions are not captured", reason=error.message, count=len(found))


def _by_model(waiting: Iterable[Captured]) -> dict[_Model, list[Captured]]:
    models: dict[_Model, list[Captured]] = {}
    for each in waiting:
        models.setdefault((each.tenant_id, each.model_id, each.keep_days), []).append(each)
    return models
