"""Concurrent jobs of one transfer, and its deadline."""

import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
from anyio import to_thread

from maas_client.errors import DeadlineExceeded
from maas_client.http.calls import require_seconds

T = TypeVar("T")


async def all_or_first_failure(jobs: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Runs all jobs. The first one that fails ends the others, and its error is raised as it is."""
    failures: list[Exception] = []

    async def guarded(job: Callable[[], Awaitable[None]]) -> None:
        try:
            await job()
        except Exception as error:  # noqa: BLE001 - a group would hide it from callers
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for job in jobs:
            group.start_soon(guarded, job)
    if failures:
        raise failures[0]


async def in_thread(function: Callable[[Callable[[], bool]], T]) -> T:
    """Returns the result of a function that works for long in a thread, and asks its argument whether to stop.

    Nobody waits for it when the caller is cancelled, or its time is over.
    """
    stop = threading.Event()
    try:
        return await to_thread.run_sync(function, stop.is_set, abandon_on_cancel=True)
    finally:
        stop.set()


@contextmanager
def within(timeout: float | None, what: str) -> Iterator[None]:
    """Ends the block after so many seconds. Raises DeadlineExceeded, BadArgument."""
    if timeout is not None:
        require_seconds(timeout)
    try:
        with anyio.fail_after(timeout):
            yield
    except DeadlineExceeded:
        raise
    except TimeoutError:
        raise DeadlineExceeded(f"{what} took longer than {timeout:g} s; another one goes on from there") from None
