"""Concurrent jobs of one transfer, and its deadline."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager

import anyio

from maas_client.errors import DeadlineExceeded, MaasError


async def all_or_first_failure(jobs: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Runs all jobs. The first one that fails ends the others, and its error is raised as it is."""
    failures: list[MaasError] = []

    async def guarded(job: Callable[[], Awaitable[None]]) -> None:
        try:
            await job()
        except MaasError as error:
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for job in jobs:
            group.start_soon(guarded, job)
    if failures:
        raise failures[0]


@contextmanager
def within(timeout: float | None, what: str) -> Iterator[None]:
    """Ends the block after so many seconds. Raises DeadlineExceeded."""
    try:
        with anyio.fail_after(timeout):
            yield
    except DeadlineExceeded:
        raise
    except TimeoutError:
        raise DeadlineExceeded(f"{what} took longer than {timeout:g} s; another one goes on from there") from None
