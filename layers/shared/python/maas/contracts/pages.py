"""Pages of lists."""

from typing import Generic, TypeVar

from maas.contracts.base import Answer

T = TypeVar("T")


class PageAnswer(Answer, Generic[T]):
    """One page of a list. `next_cursor` is the `cursor` of the query for the next page; null on the last page."""

    items: list[T]
    next_cursor: str | None


class CountedPageAnswer(PageAnswer[T]):
    """One page of a list. `total` is the number of items on all pages; null if it is not counted."""

    total: int | None
