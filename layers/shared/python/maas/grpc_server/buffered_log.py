"""A log handler for thousands of calls a second: all lines of one event loop iteration in one write.

Each write releases the GIL to gRPC's own thread; getting it back costs more than formatting a line.
"""

import asyncio
import logging
from typing import TextIO

from maas.platform.observability import logger


class BufferedHandler(logging.StreamHandler[TextIO]):
    """Writes at the end of the current event loop iteration, or at once in a thread without an event loop.

    A crash can lose the lines of one iteration, which takes milliseconds.
    """

    def __init__(self, stream: TextIO, formatter: logging.Formatter | None) -> None:
        super().__init__(stream)
        self.setFormatter(formatter)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record))
            if len(self._lines) == 1:
                self._schedule_flush()
        except Exception:  # noqa: BLE001 - handlers of the logging module never raise
            self.handleError(record)

    def flush(self) -> None:
        self.acquire()
        try:
            lines, self._lines = self._lines, []
            if lines:
                self.stream.write("\n".join(lines) + "\n")
                self.stream.flush()
        finally:
            self.release()

    def _schedule_flush(self) -> None:
        try:
            asyncio.get_running_loop().call_soon(self.flush)
        except RuntimeError:
            self.flush()


def buffer_log() -> None:
    """Installs the buffered handler on our logger."""
    target = logging.getLogger(logger.name)
    [handler] = target.handlers
    assert isinstance(handler, logging.StreamHandler)
    target.handlers[0] = BufferedHandler(handler.stream, handler.formatter)
