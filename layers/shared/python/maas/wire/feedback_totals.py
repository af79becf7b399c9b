"""Totals of feedback as attributes of an item, whose names begin with `c:`."""

from collections.abc import Mapping
from typing import Any

from maas.domain.feedback.totals import Counts

COUNT = "c:"


def counts_of(item: Mapping[str, Any]) -> Counts:
    return {name.removeprefix(COUNT): int(value) for name, value in item.items() if name.startswith(COUNT) and value}
