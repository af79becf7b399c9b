"""What pydantic finds in a body, as rules and words of this API.

The error types are those of https://docs.pydantic.dev/latest/errors/validation_errors. Each has the rule that a program
reads, and the words that a person reads, with the values of the error's `ctx` in braces.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from maas.domain.errors import Rule

# The error types that the contracts can cause, without those that end in _type or _parsing.
PYDANTIC_RULES: Mapping[str, tuple[Rule, str]] = {
    "enum": (Rule.ENUM, "must be {expected}"),
    "extra_forbidden": (Rule.UNKNOWN, "is not a field here"),
    "finite_number": (Rule.FINITE, "must be a finite number"),
    "greater_than": (Rule.RANGE, "must be more than {gt}"),
    "greater_than_equal": (Rule.RANGE, "must be at least {ge}"),
    "int_from_float": (Rule.TYPE, "must be a whole number"),
    "int_parsing_size": (Rule.RANGE, "has too many digits"),
    "less_than": (Rule.RANGE, "must be less than {lt}"),
    "less_than_equal": (Rule.RANGE, "must be at most {le}"),
    "literal_error": (Rule.ENUM, "must be {expected}"),
    "missing": (Rule.REQUIRED, "is required"),
    "not_null": (Rule.NOT_NULL, "must not be null"),
    "string_too_long": (Rule.MAX_LENGTH, "must have at most {max_length} character(s)"),
    "string_too_short": (Rule.MIN_LENGTH, "must have at least {min_length} character(s)"),
    "string_unicode": (Rule.UNICODE, "must be a text in Unicode"),
    "too_long": (Rule.MAX_ITEMS, "must have at most {max_length} item(s)"),
    "too_short": (Rule.MIN_ITEMS, "must have at least {min_length} item(s)"),
    "whole_number": (Rule.RANGE, "must be a whole number"),
}
# The words of error types that end in _type or _parsing, by what is before that.
_TYPES: Mapping[str, str] = {
    "bool": "must be true or false",
    "bytes": "must be a text",
    "date": "must be a date, such as 2026-01-31",
    "datetime": "must be a date and time, such as 2026-01-31T12:00:00Z",
    "datetime_from_date": "must be a date and time, such as 2026-01-31T12:00:00Z",
    "dict": "must be an object",
    "float": "must be a number",
    "int": "must be a whole number",
    "list": "must be a list",
    "mapping": "must be an object",
    "model": "must be an object",
    "model_attributes": "must be an object",
    "string": "must be a text",
    "tuple": "must be a list",
    "uuid": "must be a UUID",
}
_OWN = ("must ", "is ")  # the first words of the contracts' own errors


def rule_of(pydantic_type: str) -> Rule:
    """Returns the rule that stands for pydantic's error type; that of unknown ones is `invalid`."""
    if pydantic_type.endswith(("_type", "_parsing")):
        return Rule.TYPE
    return PYDANTIC_RULES.get(pydantic_type, (Rule.INVALID, ""))[0]


def words_of(error: Mapping[str, Any]) -> str:
    """Returns what is wrong, for one of pydantic's `errors()`. The words of pydantic itself are not used."""
    kind, message = str(error["type"]), str(error["msg"])
    if message.startswith(_OWN):
        return message
    if kind in PYDANTIC_RULES:
        return PYDANTIC_RULES[kind][1].format_map(error.get("ctx", {}))
    return _TYPES.get(kind.removesuffix("_type").removesuffix("_parsing"), "is not valid here")


def path_of(loc: Sequence[int | str]) -> str:
    """The path of a location: `tags[2]` for `("body", "tags", 2)`, and `body` for `("body",)`."""
    parts = loc[1:] if len(loc) > 1 else loc
    text = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in parts)
    return text.removeprefix(".")[:200] or '""'
