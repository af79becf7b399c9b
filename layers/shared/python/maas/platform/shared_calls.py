"""One call at a time for all who want the same answer at once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Hashable
from contextlib import suppress
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class SharedCalls(Generic[K, T]):
    """Calls by key. Those that ask for a key while its call runs wait for that one.

    An error of `own` says nothing of the others: the one whose call it was may have had less time left. Then one of
    those that wait calls next, and the others wait for that call. Every other error goes to all of them.
    With `ends_alone`, a call that nobody waits for any more is cancelled.
    """

    def __init__(self, own: tuple[type[Exception], ...], *, ends_alone: bool = False) -> None:
        self._own = own
        self._ends_alone = ends_alone
        self._running: dict[K, asyncio.Task[T]] = {}
        self._waiting = Counter[asyncio.Task[T]]()

    async def join(self, key: K, call: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """Returns the answer of the call that runs, or of `call`. Whoever is cancelled ends no call that others
        wait for.

        Raises TimeoutError after `seconds`, and what the call raises.
        """
        async with asyncio.timeout(seconds):
            while running := self._running.get(key):
                with suppress(*self._own):
                    return await self._answer(key, running)
                # It may be there until its callback runs, and asking for it again would not let the loop run that.
                self._forget(key, running)
            return await self._answer(key, self._start(key, call))

    async def _answer(self, key: K, task: "asyncio.Task[T]") -> T:
        self._waiting[task] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[task] -= 1
            if not self._waiting[task]:
                del self._waiting[task]
                self._end_alone(key, task)

    def _end_alone(self, key: K, task: "asyncio.Task[T]") -> None:
        if self._ends_alone and not task.done():
            self._forget(key, task)
            task.cancel()

    def overtake(self, key: K) -> None:
        """Leaves the call that runs to those that wait for it: the next to ask calls anew."""
        self._running.pop(key, None)

    def _start(self, key: K, call: Callable[[], Coroutine[Any, Any, T]]) -> "asyncio.Task[T]":
        task = self._running[key] = asyncio.create_task(call())
        # The first callback of the task: whoever waits for it does not find it any more.
        task.add_done_callback(lambda ended: self._ended(key, ended))
        return task

    def _ended(self, key: K, task: "asyncio.Task[T]") -> None:
        self._forget(key, task)
        if not task.cancelled():
            task.exception()  # marks it as retrieved: nobody may be waiting any more

    def _forget(self, key: K, task: "asyncio.Task[T]") -> None:
        if self._running.get(key) is task:
            del self._running[key]
