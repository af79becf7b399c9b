"""The base of all answers of the API. Unknown fields are ignored, because a newer server may have more."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Answer(BaseModel):
    """An answer of the API. It can't be changed."""

    # A field may begin with `model_`: pydantic reserves that prefix by default.
    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=(), populate_by_name=True)


class Page(Answer, Generic[T]):
    """One page of a list. `next_cursor` is None on the last page. `total` is None if the server does not count."""

    items: list[T]
    next_cursor: str | None = None
    total: int | None = None
