"""Runs the work of a command until it ends or a signal ends it."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

from local import interrupts
from local.cancellation import until_signal

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Returns the result. A signal ends the work in order, and then this process with status 130."""
    try:
        return uvloop.run(until_signal(work))
    except asyncio.CancelledError:
        sys.exit(interrupts.INTERRUPTED)
    finally:
        interrupts.ignore()
