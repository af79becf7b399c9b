"""Bounds how many rules one body can break: pydantic notes each, and 6 MiB can have millions of wrong items."""

from collections.abc import Collection
from functools import partial
from itertools import islice
from typing import Any, cast

from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function as before

# Names of an object whose values have a type, if its field sets no limit; far above what any of them may have.
NAMES_MAX = 1_000
# Unknown fields of one object that are told.
_UNKNOWN_MAX = 20


def bounded(schema: CoreSchema) -> CoreSchema:
    """The schema of a body that notes few errors. Bodies inside of it have their own.

    A list of any length is read up to its first wrong item. An object whose values have a type has its names counted
    first. Of the unknown fields the first ones are told.
    """
    return cast("CoreSchema", _within(schema, is_outermost=True))


def _within(part: Any, *, is_outermost: bool = False) -> Any:
    if isinstance(part, list | tuple):
        return type(part)([_within(each) for each in part])
    if not isinstance(part, dict) or (part.get("type") == "model" and not is_outermost):
        return part
    goes_on = is_outermost and part.get("type") != "model"
    found: Any = {name: _within(value, is_outermost=goes_on) for name, value in part.items()}
    match found.get("type"):
        case "list" if "max_length" not in found:
            return {**found, "fail_fast": True}
        case "dict" if found.get("values_schema", {}).get("type", "any") != "any":
            return before(partial(_with_few_names, found.get("max_length", NAMES_MAX)), found)
        case "model-fields":
            known = {field.get("validation_alias", name) for name, field in found["fields"].items()}
            return before(partial(_with_few_unknown, known), found)
    return found


def _with_few_names(most: int, value: Any) -> Any:
    if isinstance(value, dict) and len(value) > most:
        raise PydanticCustomError("too_long", "must have at most {max_length} item(s)", {"max_length": most})
    return value


def _with_few_unknown(known: Collection[str], value: Any) -> Any:
    if not isinstance(value, dict) or len(value) <= len(known) + _UNKNOWN_MAX:
        return value
    kept = {*known, *islice((name for name in value if name not in known), _UNKNOWN_MAX)}
    return {name: item for name, item in value.items() if name in kept}
