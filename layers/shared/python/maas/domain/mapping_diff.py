"""Differences between two mappings: added, removed and changed keys."""

import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

K = TypeVar("K", str, tuple[str, str], tuple[str, str, int])
V = TypeVar("V")


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change(Generic[K, V]):
    """One difference. `old` is None for an added key, `new` for a removed key; a value of metadata can be None too."""

    key: K
    kind: Kind
    old: V | None
    new: V | None


def diff_mappings(
    old: Mapping[K, V], new: Mapping[K, V], equal: Callable[[V, V], bool] = operator.eq
) -> tuple[Change[K, V], ...]:
    """The differences, sorted by key. A key with two values that are `equal` has not changed."""
    found: list[Change[K, V]] = []
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            found.append(Change(key, Kind.ADDED, None, new[key]))
        elif key not in new:
            found.append(Change(key, Kind.REMOVED, old[key], None))
        elif not equal(old[key], new[key]):
            found.append(Change(key, Kind.CHANGED, old[key], new[key]))
    return tuple(found)


def same_json(one: Any, other: Any) -> bool:
    """Returns whether two values are equal as JSON. Python's `==` does not distinguish 1, 1.0 and True."""
    return _text(one) == _text(other)


def _text(value: Any) -> str:
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, sort_keys=True)
