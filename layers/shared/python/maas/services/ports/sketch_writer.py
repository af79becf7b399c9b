"""Where sketches of predictions go."""

from typing import Protocol

from maas.domain.monitoring.places import Flush


class SketchWriter(Protocol):
    def put(self, flush: Flush) -> None:
        """Stores it until its period's time is over. The same flush twice is stored once. Raises Unavailable."""
        ...
