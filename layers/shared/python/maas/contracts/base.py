"""Bases of all bodies of the public API."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, ValidationInfo, field_validator
from pydantic_core import CoreSchema, PydanticCustomError

from maas.contracts.bounded_errors import bounded


def _whole(value: Any) -> Any:
    """A number with a zero fraction as an int: 1e5 and 3.0 are integers (JSON Schema 2020-12, 6.1.1).

    From 2^53 on, the parser has already rounded such a number, so only digits are exact there (RFC 8259, 6).
    """
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= 2.0**53:
            raise PydanticCustomError("whole_number", "must be written in digits alone from 2^53 on")
        return int(value)
    return value


Integer = Annotated[int, BeforeValidator(_whole)]


class Body(BaseModel):
    """A request body. Unknown fields are errors, and no value is coerced: "1" is not a number, 1 is not a string.

    Null is no value of a field. In a partial change RFC 7396 reads it as "remove", elsewhere some read it as "absent".
    A body of megabytes breaks few rules before it is refused (docs/decisions/0111-bounded-refusals.md).
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return bounded(handler(source))

    @field_validator("*", mode="before")
    @classmethod
    def _given(cls, value: Any, field: ValidationInfo) -> Any:
        if value is None:
            required = cls.model_fields[str(field.field_name)].is_required()
            raise PydanticCustomError("not_null", "must not be null" if required else "must not be null; leave it out")
        return value


class Answer(BaseModel):
    """A response body. Clients must ignore unknown fields."""

    model_config = ConfigDict(frozen=True)
