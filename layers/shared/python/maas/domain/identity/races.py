"""Changes that are written only if nothing has changed since they were computed."""

from collections.abc import Callable
from typing import TypeVar

from maas.domain.errors import Contended

T = TypeVar("T")

_ATTEMPTS = 10


class Outdated(Exception):
    """What a use case had read has changed before its write."""


def settled(attempt: Callable[[], T]) -> T:
    """The result of `attempt`, which is run again if another change came between its read and its write."""
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except Outdated:
            continue
    raise Contended("others keep changing this; try again")
