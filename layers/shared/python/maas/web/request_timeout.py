"""The request header X-Request-Timeout: the seconds that a caller waits for its prediction."""

from typing import Annotated, Any

from fastapi import Header
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from maas.domain.inference.protocol import TIMEOUT_MAX


def _decimal(value: Any) -> Any:
    """Refuses the digits that Python's own source may have, such as `1_0`."""
    if isinstance(value, str) and "_" in value:
        raise PydanticCustomError("decimal_parsing", "must be a number")
    return value


RequestTimeout = Annotated[
    float | None, Header(), Field(gt=0, le=TIMEOUT_MAX, allow_inf_nan=False), BeforeValidator(_decimal)
]
