"""Sketches of versions, as they are stored. Every method may raise Unavailable."""

from collections.abc import Iterator
from typing import Protocol

from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.windows import Period, Window


class SketchWriter(Protocol):
    def put(self, flush: Flush) -> None:
        """Stores it until its period's time is over. The same flush twice is stored once."""
        ...


class SketchStore(SketchWriter, Protocol):
    def flushes(self, place: Place, period: Period, window: Window) -> Iterator[Flush]:
        """Those that start in the window, in the order of their starts. A flush may come in several parts."""
        ...
