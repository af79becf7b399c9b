"""The whole output of our logger. pytest's own fixtures show its messages without their fields."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from maas.platform.observability import logger


@contextmanager
def logged() -> Iterator[Callable[[], str]]:
    """Yields a function that returns the JSON lines logged so far. The logger's keys are reset to a new process's."""
    logger.clear_state()  # a function that was called before leaves its keys behind
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logger.registered_formatter)
    target = logging.getLogger(logger.name)
    target.addHandler(handler)
    try:
        yield written.getvalue
    finally:
        target.removeHandler(handler)
