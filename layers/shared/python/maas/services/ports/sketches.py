"""Sketches of values. Implementations need numpy, so nothing is imported before the first call."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.monitoring.distributions import Distribution
from maas.domain.monitoring.predictions import Predicted
from maas.domain.monitoring.sketches import VersionSketch


class Sketches(Protocol):
    """Makes, joins and reads sketches. Every method raises Unavailable where its libraries are missing."""

    def sketched(self, made: Sequence[Predicted]) -> VersionSketch:
        """The sketch of predictions of one version."""
        ...

    def joined(self, quantiles: Sequence[bytes]) -> bytes:
        """One serialized KLL sketch of these. Raises ValueError if one of them is none."""
        ...

    def distribution(self, quantiles: bytes, count: int) -> Distribution:
        """The distribution of a serialized KLL sketch of `count` numbers. Raises ValueError if it is none."""
        ...
