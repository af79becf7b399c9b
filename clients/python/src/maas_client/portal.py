"""An event loop in a thread of its own, to which synchronous code hands coroutines."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from anyio.from_thread import start_blocking_portal

from maas_client.answers import Page
from maas_client.answers.base import Answer

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class Portal:
    """One thread for all calls of a client; calls of several threads run concurrently in it."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal("asyncio", name="maas-client"))

    def run(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns the result of a coroutine function. An interrupt of the caller (Ctrl-C) cancels it."""
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

    def close(self) -> None:
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
