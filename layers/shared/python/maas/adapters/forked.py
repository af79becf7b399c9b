"""The end of a fork: it does its work and nothing of what its parent goes on to do."""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn


def end_with(work: Callable[[], None]) -> NoReturn:
    """Does the work and ends this process: with status 0, or 1 after an error, whose traceback it prints."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - a fork must never go on in the loop of its parent
        with suppress(BaseException):
            traceback.print_exc()
            sys.stderr.flush()
    finally:
        os._exit(code)
