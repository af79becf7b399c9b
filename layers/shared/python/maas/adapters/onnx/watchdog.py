"""Ends runs of ONNX Runtime that take too long, at the price of a lock and not of a thread for each run."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Terminable(Protocol):
    """onnxruntime.RunOptions: a run ends, between two nodes, once this is set."""

    terminate: bool


class Watchdog:
    """One thread for all runs, of which there is one at a time.

    It sleeps until the end of the run it saw last, and then looks what there is to do: a run in time never wakes it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: tuple[float, Terminable] | None = None
        self._sleeps_until = math.inf
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    @contextmanager
    def watch(self, run: Terminable, end: float) -> Iterator[None]:
        """Terminates `run` if what is done inside goes on after `end`, a time of time.monotonic()."""
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
        """When to look again."""
        if self._watched is None:
            return math.inf
        end, run = self._watched
        if time.monotonic() < end:
            return end
        run.terminate = True
        return math.inf
