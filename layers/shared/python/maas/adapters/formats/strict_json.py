"""JSON that is read strictly: each name once, no NaN, bounded depth, UTF-8."""

import json
from collections.abc import Iterable
from typing import Any

from maas.adapters.formats.refusals import damaged

DEPTH_MAX = 64


class _InvalidError(ValueError):
    """A text that JSON's grammar allows, and we do not."""


def loads(data: bytes, what: str, *, numbers: bool = True, depth: int = DEPTH_MAX) -> Any:
    """Parses JSON. Raises RefusedError with the cause; the error speaks of `what`.

    `depth`: the levels that it may have. `numbers`: whether NaN and Infinity, which are no JSON, are refused.
    """
    try:
        text = data.decode()
        constant = _refuse_constant if numbers else float
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=constant)
    except UnicodeDecodeError:
        raise damaged(f"{what} is not UTF-8") from None
    except RecursionError:
        raise damaged(f"{what} is nested deeper than {depth} levels") from None
    except _InvalidError as error:
        raise damaged(f"{what} {error}") from None
    except ValueError:
        raise damaged(f"{what} is not JSON, or is cut off") from None
    if _too_deep(found, depth):
        raise damaged(f"{what} is nested deeper than {depth} levels")
    return found


def _too_deep(value: Any, depth: int) -> bool:
    """Returns whether a value has more levels; it counts without recursion."""
    level = [value]
    for _ in range(depth + 1):
        if not level:
            return False
        level = [child for item in level for child in _children(item)]
    return True


def _children(value: Any) -> Iterable[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (child for child in inner if isinstance(child, dict | list))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _InvalidError("names a key twice")
    return found


def _refuse_constant(name: str) -> float:
    raise _InvalidError(f"has {name}, which is no JSON")
