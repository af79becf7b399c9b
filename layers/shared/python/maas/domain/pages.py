"""Pages of lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `next_cursor` is empty on the last one."""

    items: tuple[T, ...]
    next_cursor: str = ""


def cut(found: Sequence[T], size: int, place: Callable[[T], str]) -> tuple[Sequence[T], str]:
    """The first `size` records of those that were read, of which one more tells that the list goes on.

    With them comes the place of the last one, after which the next page begins; empty at the end of the list.
    """
    return found[:size], place(found[size - 1]) if len(found) > size else ""
