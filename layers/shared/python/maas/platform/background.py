"""Work that a thread does beside calls, which only wake it."""

import threading
import time
from collections.abc import Callable

from maas.platform.observability import logger


class Background:
    """Runs `work` in a daemon thread after `wake`, at most once in `pause` seconds. `lost` is logged if it raises.

    Lambda stops threads between calls. A thread that is stopped goes on with the next call of its environment.
    """

    def __init__(self, name: str, work: Callable[[], None], *, pause: float, lost: str) -> None:
        self._name, self._work, self._pause, self._lost = name, work, pause, lost
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """It costs less than a microsecond, except for the first time."""
        if not self._wanted.is_set():
            self._wanted.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def attempt(self, work: Callable[[], None] | None = None) -> None:
        """Does the work now, or this in its place, in the thread of the caller. A failure is logged."""
        try:
            (work or self._work)()
        except Exception as error:  # noqa: BLE001 - this work is lost, calls are not
            logger.error(self._lost, exc_info=error)

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            self.attempt()
            time.sleep(self._pause)
