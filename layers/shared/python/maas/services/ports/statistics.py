"""Counts of predictions, by organization, model, version and minute."""

from collections.abc import Mapping
from typing import Protocol

from maas.domain.inference.statistics import ByVersion, Slot


class StatisticsStore(Protocol):
    """Counts that processes share, kept for at least an hour. A failure loses counts: methods never raise."""

    def add(self, counts: Mapping[Slot, ByVersion]) -> None:
        """Adds counts by version; an empty version is that of calls whose version was not found."""
        ...

    def read(self, tenant_id: str, model_id: str, minutes: range) -> ByVersion | None:
        """The sums over these minutes by version; None if the store does not answer."""
        ...


class CountsOnce(Protocol):
    """The part of a StatisticsStore that adds what may be sent again."""

    def add_once(self, name: str, counts: Mapping[Slot, ByVersion]) -> bool | None:
        """Adds counts and returns True; False if counts of this name were added before, None if nobody knows."""
        ...
