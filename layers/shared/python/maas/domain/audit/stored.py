"""The answers of the log's index."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """Some of what was asked for; `place` is where the rest begins, empty if there is none."""

    items: tuple[T, ...]
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSegment:
    """An object with the records from `first` to `last`; `hash` and `recorded_at` are those of the last one."""

    key: str
    first: int
    last: int
    hash: str
    recorded_at: str
    size: int
    sha256: str
