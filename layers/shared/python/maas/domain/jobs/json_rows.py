"""Lines of NDJSON as rows, and what is wrong with them."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

from maas.domain.errors import InvalidInput, Rule
from maas.domain.jobs.row_texts import text_of

_BLANKS = " \t\r\n"


def row_of(piece: bytes) -> Any:
    """The list or object of a line, or what is wrong with it."""
    text = text_of(piece)
    if isinstance(text, InvalidInput):
        return text
    text = text.strip(_BLANKS)
    try:
        found, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        return _refused(Rule.JSON, f"must be a list or an object of JSON on a line of its own{_where(text, error.pos)}")
    except _Wrong as error:
        return error.refused
    except (ValueError, RecursionError):
        return _refused(Rule.JSON, "must be JSON that is nested less deep, with numbers of fewer digits")
    if end < len(text):
        return _refused(Rule.JSON, _behind(text[end:].lstrip(_BLANKS)))
    return _checked(found)


def _checked(found: Any) -> Any:
    if not isinstance(found, dict | list):
        return _refused(Rule.TYPE, "must be an object by column, or a list of values")
    if isinstance(found, list) and found and isinstance(found[0], dict):
        message = "must be one row, and is a list of objects: a file of NDJSON has each of them on a line of its own"
        return _refused(Rule.TYPE, message)
    return found


def _where(text: str, place: int) -> str:
    """Names the place of an error, if it is not simply the end of a line."""
    return ", and ends before its value does" if place >= len(text) else f", and is none at character {place + 1}"


def _behind(rest: str) -> str:
    if rest == ",":
        return "must not have a comma behind its value"
    return "must have one value; each row has a line of its own, which ends with LF, or CR and LF"


class _Wrong(Exception):
    """The line is JSON in the eyes of Python, and yet no row."""

    def __init__(self, rule: Rule, message: str) -> None:
        self.refused = _refused(rule, message)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        repeated = next(name for name, count in counts.items() if count > 1)
        raise _Wrong(Rule.REPEATED, f"must have {repeated[:64]} once")
    return found


def _constant(constant: str) -> NoReturn:
    raise _Wrong(Rule.FINITE, f"must not have {constant}, which is not JSON; a missing value is null")


def _refused(rule: Rule, message: str) -> InvalidInput:
    return InvalidInput.of("row", rule, message)


_DECODER = json.JSONDecoder(parse_constant=_constant, object_pairs_hook=_unique)
