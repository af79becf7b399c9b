"""Terminates runs of ONNX Runtime at their time limit; a run costs a lock and not a thread."""

import math
import threading
import time
from types import TracebackType
from typing import Protocol, Self


class Terminable(Protocol):
    """onnxruntime.RunOptions: once `terminate` is set, the run ends before its next node."""

    terminate: bool


class Watchdog:
    """One thread watches all runs, of which there is one at a time.

    It sleeps until the time limit of the run that it saw last, even if that one has ended. So a run within its limit
    does not wake it, however short it is: waking a thread costs more than a small model.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._end = -math.inf
        self._run: Terminable | None = None
        self._sleeps_until = math.inf
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def watch(self, run: Terminable, end: float) -> Self:
        """Terminates `run` if the body of the `with` is not done at `end`, a time of time.monotonic().

        It does nothing to `run` after that body.
        """
        with self._changed:
            self._end, self._run = end, run
            if end < self._sleeps_until:
                self._changed.notify()
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        with self._changed:
            self._run = None

    def _watch(self) -> None:
        with self._changed:
            while True:
                self._sleeps_until = self._check()
                left = None if self._sleeps_until == math.inf else self._sleeps_until - time.monotonic()
                self._changed.wait(left)

    def _check(self) -> float:
        """Terminates an overdue run, and returns the time of the next check."""
        if time.monotonic() < self._end:
            return self._end
        if self._run:
            self._run.terminate = True
        return math.inf
