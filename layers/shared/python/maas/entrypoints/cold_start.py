"""Keeps Python's cyclic garbage collector off while a function's modules are imported. Importing this module does so.

Imports make many objects that stay, and the collector looks at all of them again and again. That takes a tenth to a
fifth of an import (docs/benchmarks.md). Every handler's module imports this one first, in a section of ruff's own.
"""

import gc
import os
from collections.abc import Callable
from typing import Any, TypeVar

H = TypeVar("H", bound=Callable[..., Any])

# Other processes that import a handler, such as tests and tools, have objects of their own.
_IN_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME" in os.environ

if _IN_LAMBDA:
    gc.disable()


def ready(handler: H) -> H:
    """Returns the handler of a module whose imports are done. From now on the collector runs, and leaves these alone.

    Without `freeze`, the first request would pay for one look at all of them.
    """
    if _IN_LAMBDA:
        gc.freeze()
        gc.enable()
    return handler
