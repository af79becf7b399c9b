"""Pages of lists: `limit` and `cursor` in, `next_cursor` and a Link header (RFC 8288) out."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, Request, Response

from maas.domain import value_rules
from maas.domain.catalog.models import Page, T


@dataclass(frozen=True, slots=True)
class Paging:
    """The page that is wanted; an empty cursor is the first."""

    limit: int
    cursor: str


async def _paging(limit: int = 20, cursor: str = "") -> Paging:
    """Raises InvalidInput (limit); a cursor is checked by whoever made it."""
    return Paging(value_rules.limit(limit), cursor)


Paged = Annotated[Paging, Depends(_paging)]


def link_next(request: Request, response: Response, page: Page[T]) -> None:
    """Sets the Link header to the same list, one page on by cursor; none on the last page."""
    if not page.next_cursor:
        return
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in ("cursor", "page")]
    target = f"{quote(request.url.path)}?{urlencode([*query, ('cursor', page.next_cursor)])}"
    response.headers["link"] = f'<{target}>; rel="next"'
