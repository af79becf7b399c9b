"""The needs of shadow traffic from outside."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.shadowing.shadows import Shadow


class ShadowQueue(Protocol):
    def send(self, shadows: Sequence[Shadow]) -> None:
        """Sends shadows as one message. Together they have at most SHADOW_MAX bytes. Raises Unavailable."""
        ...
