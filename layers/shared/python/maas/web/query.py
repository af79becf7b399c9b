"""Types of query parameters. pydantic alone would read `1_0`, `+1` and `1.0` as numbers, and `on` as true."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

# The attribute of a dependency that takes query fields of any name.
TAKES_FIELDS = "takes_query_fields"
# As in JSON: no sign but a minus, no leading zero.
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")


def _whole(value: Any) -> Any:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise PydanticCustomError("int_parsing", "must be a whole number in digits, such as 20")
    return value


def _truth(value: Any) -> Any:
    if isinstance(value, str) and value.lower() not in ("true", "false"):
        raise PydanticCustomError("bool_parsing", "must be true or false")
    return value


WholeNumber = Annotated[int, BeforeValidator(_whole)]
Truth = Annotated[bool, BeforeValidator(_truth)]
