"""What our logger writes, whole: pytest's own fixtures show its messages without their fields."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from maas.platform.observability import logger


@contextmanager
def logged() -> Iterator[Callable[[], str]]:
    """Call what it yields for the lines written since, each of JSON. Its keys are those of a new process."""
    logger.clear_state()  # a function that a test called leaves its own
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logger.registered_formatter)
    target = logging.getLogger(logger.name)
    target.addHandler(handler)
    try:
        yield written.getvalue
    finally:
        target.removeHandler(handler)
