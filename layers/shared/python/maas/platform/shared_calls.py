"""One call at a time for all who want the same answer at once."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from contextlib import suppress
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class SharedCalls(Generic[K, T]):
    """Calls by key. Those that ask for a key while its call runs wait for that one.

    An error of `own` says nothing of the others: the one whose call it was may have had less time left. Then one of
    those that wait calls next, and the others wait for that call. Every other error goes to all of them.
    """

    def __init__(self, own: tuple[type[Exception], ...]) -> None:
        self._own = own
        self._running: dict[K, asyncio.Task[T]] = {}

    async def join(self, key: K, call: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """Returns the answer of the call that runs, or of `call`. Whoever is cancelled ends no call.

        Raises TimeoutError after `seconds`, and what the call raises.
        """
        async with asyncio.timeout(seconds):
            while running := self._running.get(key):
                with suppress(*self._own):
                    return await asyncio.shield(running)
            return await asyncio.shield(self._start(key, call))

    def overtake(self, key: K) -> None:
        """Leaves the call that runs to those that wait for it: the next to ask calls anew."""
        self._running.pop(key, None)

    def _start(self, key: K, call: Callable[[], Coroutine[Any, Any, T]]) -> "asyncio.Task[T]":
        task = self._running[key] = asyncio.create_task(call())
        # The first callback of the task: whoever waits for it does not find it any more.
        task.add_done_callback(lambda ended: self._ended(key, ended))
        return task

    def _ended(self, key: K, task: "asyncio.Task[T]") -> None:
        if self._running.get(key) is task:
            del self._running[key]
        if not task.cancelled():
            task.exception()  # marks it as retrieved: nobody may be waiting any more
