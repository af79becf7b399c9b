"""The needs of shadow traffic from outside."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.shadowing.samples import Sample
from maas.domain.shadowing.shadows import Shadow


class ShadowQueue(Protocol):
    def send(self, shadows: Sequence[Shadow]) -> None:
        """Sends shadows as one message. Together they have at most SHADOW_MAX bytes. Raises Unavailable."""
        ...


class Samples(Protocol):
    """Disagreements by rollout, at most SAMPLES_MAX of each. Every method may raise Unavailable."""

    def keep(self, tenant_id: str, rollout_id: str, sample: Sample) -> None:
        """Stores it for KEPT seconds, in place of an earlier one if there are as many as may be."""
        ...

    def kept(self, tenant_id: str, rollout_id: str) -> Sequence[Sample]:
        """The latest first."""
        ...
