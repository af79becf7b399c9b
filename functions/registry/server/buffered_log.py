"""The log of a process that answers thousands of calls a second: lines of one turn of the event loop in one write.

Each write lets gRPC's own thread have the interpreter, and to get it back takes longer than to make a line.
"""

import asyncio
import logging
from typing import TextIO

from maas.platform.observability import logger


class Gathered(logging.StreamHandler[TextIO]):
    """Where no event loop runs it writes at once. A crash can lose the lines of one turn, which takes milliseconds."""

    def __init__(self, stream: TextIO, formatter: logging.Formatter | None) -> None:
        super().__init__(stream)
        self.setFormatter(formatter)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record))
            if len(self._lines) == 1:
                self._soon()
        except Exception:  # noqa: BLE001 - what every handler of logging does
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

    def _soon(self) -> None:
        try:
            asyncio.get_running_loop().call_soon(self.flush)
        except RuntimeError:
            self.flush()


def gather() -> None:
    """Our logger does so from here on."""
    target = logging.getLogger(logger.name)
    [before] = target.handlers
    assert isinstance(before, logging.StreamHandler)
    target.handlers[0] = Gathered(before.stream, before.formatter)
