"""The progress of a transfer: its bytes, its rate, and the time that is left."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`done` of `total` bytes; `rate` is in bytes a second, `left` in seconds and None until there is a rate.

    `phase` is sending, checking (the server's check of a file) or receiving, or the state of a job that is waited for.
    """

    phase: str
    done: int
    total: int
    rate: float = 0.0
    left: float | None = None


ProgressCallback = Callable[[Progress], None]


class Meter:
    """Counts bytes and reports them. Bytes that were there already count as done, and not for the rate."""

    def __init__(self, phase: str, total: int, report: ProgressCallback | None) -> None:
        self._phase, self._total, self._report = phase, total, report
        self._done = self._moved = 0
        self._started = time.monotonic()
        self._tell()

    def moved(self, count: int) -> None:
        self._moved += count
        self.skipped(count)

    def skipped(self, count: int) -> None:
        self._done += count
        self._tell()

    def _tell(self) -> None:
        if self._report:
            rate = self._moved / max(time.monotonic() - self._started, 1e-6)
            left = (self._total - self._done) / rate if rate else None
            self._report(Progress(self._phase, self._done, self._total, rate, left))
