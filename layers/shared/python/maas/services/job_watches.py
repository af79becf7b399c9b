"""Watches whether a job goes on while a model runs for it: a run blocks the event loop, so a thread looks."""

import asyncio
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from maas.domain.errors import MaasError
from maas.platform.observability import logger

# Seconds between two looks.
WATCHED = 1.0


class JobWatch:
    """A thread that ends `task` once `is_wanted` is false: it cancels the task, and interrupts what the task runs."""

    def __init__(
        self, is_wanted: Callable[[], bool], task: "asyncio.Future[Any]", interrupt: Callable[[], object]
    ) -> None:
        self.has_ended = False
        self._is_wanted = is_wanted
        self._task = task
        self._interrupt = interrupt
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=copy_context().run, args=(self._watch,), name="job", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(WATCHED):
            self.has_ended = self.has_ended or not self._goes_on()
            if self.has_ended:  # again and again: the task may have been between two runs
                self._loop.call_soon_threadsafe(self._task.cancel)
                self._interrupt()

    def _goes_on(self) -> bool:
        try:
            return self._is_wanted()
        except MaasError as error:  # a job whose state can't be read just now goes on
            logger.info("the state of a job can't be read", reason=error.message)
            return True
