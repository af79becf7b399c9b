"""Predictions of jobs, which count when their results are recorded: an attempt that is repeated counts once.

A worker that ends right after it has recorded a part may lose what this part should have counted.
"""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.monitoring.predictions import Predicted, PredictionWatcher

# Calls of one part of a result whose predictions are kept. A part has seldom as many.
KEPT_MAX = 1_000


class StoppableWatcher(PredictionWatcher, Protocol):
    def stop(self) -> None:
        """Stores what it has. A failure is logged."""
        ...


class RecordedPredictions:
    """The PredictionWatcher of jobs. A part of a result bounds what it holds."""

    def __init__(self, watchers: Sequence[StoppableWatcher] = ()) -> None:
        self._watchers = watchers
        self._made: list[Predicted] = []

    def predicted(self, made: Predicted) -> None:
        self._made.append(made)

    def begin(self) -> None:
        """Forgets predictions of an attempt that recorded nothing."""
        self._made = []

    def recorded(self) -> None:
        """Hands the predictions on. The watchers store them now, because Lambda stops threads between messages."""
        found, self._made = self._made, []
        for watcher in self._watchers:
            for made in found:
                watcher.predicted(made)
            watcher.stop()
