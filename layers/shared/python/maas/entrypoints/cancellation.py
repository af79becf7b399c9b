"""Ends the work of a call whose caller has gone, where somebody tells.

The local stack sends SIGUSR1. Lambda's Runtime API tells nothing.
"""

import functools
import signal
import threading
from collections.abc import Callable
from typing import Any

from maas.platform.observability import LambdaHandler


class Cancellation:
    """The sign that the caller of the current event has gone. It must be made by the main thread.

    `interrupt` is called when it goes, in a thread of its own: the signal may come while the main thread holds a lock
    that `interrupt` needs. What has not begun by then must ask `is_told` before it begins.
    """

    def __init__(self, interrupt: Callable[[], object]) -> None:
        self._interrupt = interrupt
        self._is_told = False
        signal.signal(signal.SIGUSR1, self._tell)

    def is_told(self) -> bool:
        return self._is_told

    def around(self, handler: LambdaHandler) -> LambdaHandler:
        """Returns the handler, which begins each event with a caller who is there."""

        @functools.wraps(handler)
        def handle(event: Any, context: Any) -> Any:
            self._is_told = False
            return handler(event, context)

        return handle

    def _tell(self, *_signal: object) -> None:
        self._is_told = True
        threading.Thread(target=self._interrupt, daemon=True).start()
