"""Habits shared by every body of the public API."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, field_validator
from pydantic_core import PydanticCustomError

T = TypeVar("T")


class Body(BaseModel):
    """A request body: unknown fields are an error, and nothing is coerced ("1" is no number, 1 no string)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Patch(Body):
    """A partial change: an absent field stays as it is, so null has no meaning and is refused."""

    @field_validator("*", mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        if value is None:
            raise PydanticCustomError("not_null", "must not be null; leave the field out to keep its value")
        return value


class Answer(BaseModel):
    """A response body. Clients must ignore fields they do not know."""

    model_config = ConfigDict(frozen=True)


class PageAnswer(Answer, Generic[T]):
    """One page of a list. `next_cursor` goes into the query for the next page; null on the last one."""

    items: list[T]
    next_cursor: str | None


class CountedPageAnswer(PageAnswer[T]):
    """One page of a list whose length is known: `total` is that of all its pages."""

    total: int
