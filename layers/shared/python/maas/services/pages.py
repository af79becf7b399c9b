"""Pages of lists, for every service that has one: from the cursor of a request to that of the next page."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from maas.domain import value_rules
from maas.domain.pages import Page, cut
from maas.services.ports.cursors import Cursors

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Read(Protocol[T_co]):
    """Reads at most `limit` records from behind a place. Returns the place of the last one too if there are more."""

    def __call__(self, *, limit: int, after: str) -> tuple[Sequence[T_co], str]: ...


class ReadRecords(Protocol[T_co]):
    """Reads at most `limit` records from behind a place."""

    def __call__(self, *, limit: int, after: str) -> Sequence[T_co]: ...


def page_of(cursors: Cursors, of_list: str, read: Read[T], *, limit: int, cursor: str) -> Page[T]:
    """The page of a list that the cursor names. Raises InvalidInput (limit, cursor)."""
    size, after = value_rules.limit(limit), cursors.decode(cursor, of_list)
    found, last = read(limit=size, after=after)
    return Page(tuple(found), cursors.encode(last, of_list))


def one_more(read: ReadRecords[T], place: Callable[[T], str]) -> Read[T]:
    """The reader for page_of that reads one record more than a page has, which tells that the list goes on."""

    def read_page(*, limit: int, after: str) -> tuple[Sequence[T], str]:
        return cut(read(limit=limit + 1, after=after), limit, place)

    return read_page
