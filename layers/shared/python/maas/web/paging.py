"""Pages of lists: query parameters `limit` and `cursor`, and the Link header of the answer (RFC 8288)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Depends, Request, Response

from maas.contracts.pages import PageAnswer
from maas.domain import value_rules
from maas.domain.pages import Page, T
from maas.web.query import WholeNumber

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Paging:
    """The requested page; an empty cursor requests the first one."""

    limit: int
    cursor: str


async def _paging(limit: WholeNumber = 20, cursor: str = "") -> Paging:
    """Raises InvalidInput (limit): it must fit into a message. The registry checks the cursor that it has made."""
    return Paging(value_rules.limit(limit), cursor)


Paged = Annotated[Paging, Depends(_paging)]


def link_next(request: Request, response: Response, page: Page[T]) -> None:
    """Sets the Link header to the next page of the same list; the last page gets no header."""
    if not page.next_cursor:
        return
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in ("cursor", "page")]
    target = f"{quote(request.url.path)}?{urlencode([*query, ('cursor', page.next_cursor)])}"
    response.headers["link"] = f'<{target}>; rel="next"'


def page_answer(request: Request, response: Response, page: Page[T], answer: Callable[[T], A]) -> PageAnswer[A]:
    """The answer of a list, each record by `answer`. Sets the Link header to the next page."""
    link_next(request, response, page)
    return PageAnswer(items=[answer(item) for item in page.items], next_cursor=page.next_cursor or None)
