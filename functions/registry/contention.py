"""Contention for a model: one change at a time in this process, and retries of races lost to other processes."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from functions.registry.ports import LostRace
from maas.domain.errors import Contended

T = TypeVar("T")

# About one second in all. Rivals are other processes, and few, since changes within one process wait for each other.
ATTEMPTS = 20
_FIRST, _LONGEST = 0.02, 0.1  # seconds


class Turns:
    """A lock for each key, which is kept as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())


class Contention:
    """Runs the changes of each model one after another, and runs a change again if it lost a race.

    Without the locks, all but one of the changes that read the same revision would fail to commit and have to read
    again.
    """

    def __init__(self) -> None:
        self._turns = Turns()

    async def settle(self, model_id: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of `attempt`, which reads records of a model and commits a change of them.

        Raises:
            Contended: another process was faster at every attempt.
        """
        async with self._turns.of(model_id):
            for number in range(ATTEMPTS):
                try:
                    return await attempt()
                except LostRace:
                    await pause(number)
        raise Contended("others keep changing this; try again")


async def pause(attempt: int) -> None:
    """Waits for a random part of a time that doubles with each attempt (full jitter), so that rivals spread out."""
    await asyncio.sleep(random.uniform(0, min(_LONGEST, _FIRST * 2**attempt)))  # noqa: S311 - not a secret
