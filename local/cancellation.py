"""Work that a signal cancels."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from local.console import say

T = TypeVar("T")


async def until_signal(work: Coroutine[Any, Any, T]) -> T:
    """Returns the result of the work. The first SIGINT or SIGTERM cancels it, so that it stops in order.

    Further signals are ignored: they would leave processes behind.

    Raises:
        asyncio.CancelledError: a signal came.
    """
    task = asyncio.create_task(work)

    def interrupt() -> None:
        if not task.cancelling():
            say("stopping")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    return await task
