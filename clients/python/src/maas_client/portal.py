"""An event loop in a thread of its own, to which synchronous code hands coroutines."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from functools import partial
from threading import Thread
from typing import ParamSpec, Protocol, TypeVar

import anyio
from anyio.from_thread import BlockingPortal

from maas_client.answers import Page
from maas_client.answers.base import Answer
from maas_client.errors import MaasError

P = ParamSpec("P")
_CLOSED = "the client is closed: make another one"
_FORKED = "this client was made in the parent process: make one in this process"
T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class Portal:
    """One thread for all calls of a client; calls of several threads run concurrently in it."""

    def __init__(self) -> None:
        self._process, self._closed, started = os.getpid(), False, Future[BlockingPortal]()
        # A daemon, so that a script that does not close its client ends all the same.
        self._thread = Thread(target=anyio.run, args=(_serve, started), name="maas-client", daemon=True)
        self._thread.start()
        self._portal = started.result()

    def run(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns the result of a coroutine function. An interrupt of the caller (Ctrl-C) cancels it.

        Raises MaasError if the client is closed, or belongs to another process.
        """
        if self._closed:
            raise MaasError(_CLOSED)
        if os.getpid() != self._process:
            raise MaasError(_FORKED)
        try:
            future = self._portal.start_task_soon(partial(function, *args, **kwargs))
        except RuntimeError:  # another thread closes the client at this moment
            raise MaasError(_CLOSED) from None
        try:
            return future.result()
        except CancelledError:
            raise MaasError(_CLOSED) from None
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

    def close(self, last: Callable[[], Awaitable[None]]) -> None:
        """Awaits `last`, cancels what other threads still wait for, and ends the thread. Does nothing twice.

        In a process that was forked there is no thread to end.
        """
        if self._closed or os.getpid() != self._process:
            return
        try:
            self.run(last)
        finally:
            self._closed = True
            self._portal.call(self._portal.stop, True)
            self._thread.join()


async def _serve(started: "Future[BlockingPortal]") -> None:
    async with BlockingPortal() as portal:
        started.set_result(portal)
        await portal.sleep_until_stopped()


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
