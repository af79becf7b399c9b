"""Terminates runs of ONNX Runtime at their time limit; a run costs a lock and not a thread."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Terminable(Protocol):
    """onnxruntime.RunOptions: once `terminate` is set, the run ends before its next node."""

    terminate: bool


class Watchdog:
    """One thread watches all runs, of which there is one at a time.

    It sleeps until the time limit of the run that it saw last, so a run within its limit never wakes it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: tuple[float, Terminable] | None = None
        self._sleeps_until = math.inf
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    @contextmanager
    def watch(self, run: Terminable, end: float) -> Iterator[None]:
        """Terminates `run` if the body of the `with` is not done at `end`, a time of time.monotonic()."""
        with self._changed:
            self._watched = (end, run)
            if end < self._sleeps_until:
                self._changed.notify()
        try:
            yield
        finally:
            self._watched = None

    def _watch(self) -> None:
        with self._changed:
            while True:
                self._sleeps_until = self._check()
                left = None if self._sleeps_until == math.inf else self._sleeps_until - time.monotonic()
                self._changed.wait(left)

    def _check(self) -> float:
        """Terminates an overdue run, and returns the time of the next check."""
        if self._watched is None:
            return math.inf
        end, run = self._watched
        if time.monotonic() < end:
            return end
        run.terminate = True
        return math.inf
