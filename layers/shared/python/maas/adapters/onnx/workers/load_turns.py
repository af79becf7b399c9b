"""Turns of loads, which run one at a time: organizations take them one after the other, however many each waits for."""

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

# Seconds between two looks of a load that waits.
LOOK = 0.05
# Organizations whose last turn is remembered. One that is not counts as one that had none.
_REMEMBERED = 1000

T = TypeVar("T")


class LoadTurns:
    """A lock for threads. Of the organizations that wait, the one whose last turn is longest ago is next."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._is_taken = False
        self._waiting: dict[int, str] = {}
        self._turns: OrderedDict[str, int] = OrderedDict()

    def take(self, tenant_id: str, look: Callable[[], T | None]) -> T | None:
        """Waits for a turn. Returns None if the caller has it, and is to give it back.

        `look` is called now and then. If it returns something or raises, the turn is not needed any more.
        """
        number = next(self._numbers)
        with self._changed:
            self._waiting[number] = tenant_id
            try:
                while self._is_taken or self._next() != number:
                    if found := look():
                        return found
                    self._changed.wait(LOOK)
            finally:
                del self._waiting[number]
                self._changed.notify_all()  # whoever is next now may be another one
            self._is_taken = True
            self._turns[tenant_id] = next(self._numbers)
            self._turns.move_to_end(tenant_id)
            if len(self._turns) > _REMEMBERED:
                self._turns.popitem(last=False)
        return None

    def give_back(self) -> None:
        """Ends the caller's turn."""
        with self._changed:
            self._is_taken = False
            self._changed.notify_all()

    def _next(self) -> int:
        """The one that waits whose organization had its turn longest ago; the first one of these."""
        return min(self._waiting, key=lambda number: (self._turns.get(self._waiting[number], -1), number))
