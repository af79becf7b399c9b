"""An event loop in a thread of its own, to which synchronous code hands coroutines."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from anyio.from_thread import start_blocking_portal

from maas_client.answers import Page
from maas_client.answers.base import Answer
from maas_client.errors import MaasError

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class Portal:
    """One thread for all calls of a client; calls of several threads run concurrently in it."""

    def __init__(self) -> None:
        self._process, self._closed = os.getpid(), False
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal("asyncio", name="maas-client"))

    def run(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns the result of a coroutine function. An interrupt of the caller (Ctrl-C) cancels it."""
        if self._closed:
            raise MaasError("the client is closed")
        if self._process != os.getpid():  # a fork copies no threads
            raise MaasError("this client was made in the parent process: make one in this process")
        future = self._portal.start_task_soon(partial(function, *args, **kwargs))
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def iterate(self, items: AsyncIterator[T]) -> Iterator[T]:
        """Yields the items of an asynchronous iterator."""

        async def following() -> tuple[T] | None:
            try:
                return (await items.__anext__(),)
            except StopAsyncIteration:
                return None

        while (found := self.run(following)) is not None:
            yield found[0]

    @property
    def usable(self) -> bool:
        """Returns whether the thread is there: not after `close`, nor in a forked child."""
        return not self._closed and self._process == os.getpid()

    def close(self) -> None:
        if self.usable:
            self._closed = True
            self._stack.close()


class AsyncPages(Protocol[A]):
    """A list of the asynchronous client."""

    def __aiter__(self) -> AsyncIterator[A]: ...
    def pages(self) -> AsyncIterator[Page[A]]: ...
    async def first(self) -> Page[A]: ...
    async def all(self) -> list[A]: ...


class SyncPages(Iterable[A]):
    """A list that is read page by page: iterate over its items, or call `pages()`, `first()` or `all()`."""

    def __init__(self, portal: Portal, inner: AsyncPages[A]) -> None:
        self._portal, self._inner = portal, inner

    def __iter__(self) -> Iterator[A]:
        return self._portal.iterate(self._inner.__aiter__())

    def pages(self) -> Iterator[Page[A]]:
        """Yields the pages."""
        return self._portal.iterate(self._inner.pages())

    def first(self) -> Page[A]:
        """Returns the first page."""
        return self._portal.run(self._inner.first)

    def all(self) -> list[A]:
        """Returns all items."""
        return self._portal.run(self._inner.all)
