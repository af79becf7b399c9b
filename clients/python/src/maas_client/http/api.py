"""Typed calls: a path and an answer's type in, a checked answer out."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Generic, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from maas_client import errors as e
from maas_client.answers import Page
from maas_client.http.calls import Call
from maas_client.http.sender import Sender

M = TypeVar("M", bound=BaseModel)
# Empty pages in a row: the server looks at 1,000 records for one, so a log may have ten million between two that match.
EMPTY_MAX = 10_000


class Api:
    """The API for resources."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    async def call(self, call: Call, answer: type[M]) -> M:
        """Sends a call and returns its answer. Raises as Sender.send, and UnexpectedAnswer."""
        return parsed(await self.send(call), answer)

    async def send(self, call: Call) -> httpx2.Response:
        """Sends a call whose answer has no body, or one of its own kind."""
        return await self.sender.send(call)

    async def page(self, call: Call, item: type[M], cursor: str | None) -> Page[M]:
        """Returns the page of a list at `cursor`, or the first one."""
        params: Mapping[str, Any] = {**call.params, "cursor": cursor}
        at = Call(call.method, call.path, params, timeout=call.timeout)
        return parsed(await self.send(at), Page[item])  # type: ignore[valid-type]


def parsed(response: httpx2.Response, answer: type[M]) -> M:
    """Returns the body as its type. Raises UnexpectedAnswer, without the body's values."""
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        path = response.request.url.path
        what = f"{path} answered something else than {answer.__name__} ({where}: {first['msg']})"
        raise e.UnexpectedAnswer(f"{what}; the server may be another version") from None


class Pages(Generic[M]):
    """A list that is read page by page, as its items are asked for.

    `async for item in pages` yields all items, `pages()` whole pages. `first()` reads one page, `all()` reads all.
    `call` is that of the first page.
    """

    def __init__(self, api: Api, item: type[M], call: Call) -> None:
        self._api, self._item, self._call = api, item, call

    async def __aiter__(self) -> AsyncIterator[M]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[M]]:
        """Yields the pages. A page may be empty and still have a successor.

        Raises UnexpectedAnswer for a list without an end.
        """
        cursor, seen, empty = None, {""}, 0
        while True:
            page = await self._api.page(self._call, self._item, cursor)
            yield page
            if page.next_cursor is None:
                return
            if page.next_cursor in seen:
                raise e.UnexpectedAnswer(f"{self._call.path} answers the same page again and again")
            empty = 0 if page.items else empty + 1
            if empty == EMPTY_MAX:
                raise e.UnexpectedAnswer(f"{self._call.path} answers empty pages without an end")
            cursor = page.next_cursor
            seen.add(cursor)

    async def first(self) -> Page[M]:
        """Returns the first page."""
        return await self._api.page(self._call, self._item, None)

    async def all(self) -> list[M]:
        """Returns all items."""
        return [item async for item in self]
