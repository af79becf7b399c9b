"""Bases of all bodies of the public API."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator
from pydantic_core import PydanticCustomError

T = TypeVar("T")


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
    """A request body. Unknown fields are errors, and no value is coerced: "1" is not a number, 1 is not a string."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Patch(Body):
    """A partial change: an absent field keeps its value, so null has no meaning and is refused."""

    @field_validator("*", mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        if value is None:
            raise PydanticCustomError("not_null", "must not be null; leave the field out to keep its value")
        return value


class Answer(BaseModel):
    """A response body. Clients must ignore unknown fields."""

    model_config = ConfigDict(frozen=True)


class PageAnswer(Answer, Generic[T]):
    """One page of a list. `next_cursor` is the `cursor` of the query for the next page; null on the last page."""

    items: list[T]
    next_cursor: str | None


class CountedPageAnswer(PageAnswer[T]):
    """One page of a list. `total` is the number of items on all pages; null if it is not counted."""

    total: int | None
