"""What the parser of bodies does not read although it is JSON (RFC 8259, 9, allows such limits)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from maas.domain.errors import Rule

# Both limits are those of pydantic's parser.
DIGITS_MAX, NESTING_MAX = 4300, 201
Location = tuple[int | str, ...]

_TOO_LONG = object()
_WHOLE_PART = re.compile(rf"-?[0-9]{{{DIGITS_MAX + 1}}}")


def over_limit(document: str, cause: str) -> list[tuple[Location, Rule, str]]:
    """The location in the document, rule and message of each limit that it breaks; none if it is not JSON.

    `cause` is the parser's message.
    """
    if cause.startswith("recursion limit"):
        return [((), Rule.MAX_DEPTH, f"must be nested at most {NESTING_MAX} deep")]
    message = f"must have at most {DIGITS_MAX} digits before the decimal point"
    return [(location, Rule.RANGE, message) for location in _long_numbers(document)]


def _long_numbers(document: str) -> Iterator[Location]:
    try:
        pending: list[tuple[Location, Any]] = [((), _DECODER.decode(document))]
    except (ValueError, RecursionError):
        return
    while pending:
        location, value = pending.pop()
        if value is _TOO_LONG:
            yield location
        members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        pending += [((*location, key), item) for key, item in reversed([*members])]


def _length(number: str) -> Any:
    return _TOO_LONG if _WHOLE_PART.match(number) else None


_DECODER = json.JSONDecoder(parse_int=_length, parse_float=_length)
