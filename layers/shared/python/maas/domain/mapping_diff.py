"""Two mappings, and what of the first is not in the second any more, new in it, or other than before."""

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
    """`old` is None where something was added, `new` where it was removed; metadata may also have a None of its own."""

    key: K
    kind: Kind
    old: V | None
    new: V | None


def changes(
    old: Mapping[K, V], new: Mapping[K, V], same: Callable[[V, V], bool] = operator.eq
) -> tuple[Change[K, V], ...]:
    """Sorted by key. `same` says whether two values are no change."""
    found: list[Change[K, V]] = []
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            found.append(Change(key, Kind.ADDED, None, new[key]))
        elif key not in new:
            found.append(Change(key, Kind.REMOVED, old[key], None))
        elif not same(old[key], new[key]):
            found.append(Change(key, Kind.CHANGED, old[key], new[key]))
    return tuple(found)


def same_json(one: Any, other: Any) -> bool:
    """As JSON: to Python 1, 1.0 and true are equal."""
    return _text(one) == _text(other)


def _text(value: Any) -> str:
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, sort_keys=True)
