"""Media types of answers, chosen by the Accept header (RFC 9110, 12.5.1), and routes that answer JSON or Markdown."""

import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar, TypeVar

from fastapi import Request, Response

from maas.contracts.base import Answer
from maas.domain.errors import FieldError, Rule
from maas.web.problems import refusal
from maas.web.strict import StrictRoute

JSON, MARKDOWN = "application/json", "text/markdown"
CSV, ARROW = "text/csv", "application/vnd.apache.arrow.stream"
# In the order of preference where the caller accepts both equally.
_OFFERED = (JSON, MARKDOWN)

_NAME = r"[\w!#$&^.+*-]+"
_RANGE = re.compile(rf"\s*({_NAME}/{_NAME})\s*")
_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")

A = TypeVar("A", bound=Answer)


class NegotiatedRoute(StrictRoute):
    """The `route_class` of routes with several media types; it answers 406 before the route does any work."""

    offered: ClassVar[Sequence[str]] = _OFFERED

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def negotiated(request: Request) -> Response:
            accept = request.headers.get("accept")
            return await handle(request) if preferred(accept, self.offered) else not_acceptable(self.offered)

        return negotiated


def answered(request: Request, answer: A, markdown: Callable[[A], str]) -> Response:
    """`answer` as JSON, or as the Markdown that `markdown` makes of it, whichever the caller prefers."""
    headers = {"vary": "accept"}
    if preferred(request.headers.get("accept")) == MARKDOWN:
        return Response(markdown(answer), media_type=MARKDOWN, headers=headers)
    return Response(answer.model_dump_json(by_alias=True), media_type=JSON, headers=headers)


def preferred(accept: str | None, offered: Sequence[str] = _OFFERED) -> str | None:
    """The first of the media types `offered` that this Accept header prefers; None if it accepts none of them.

    A missing header prefers the first one. Malformed parts of the header are ignored.
    """
    if accept is None or accept.strip() in ("", "*/*", offered[0]):
        return offered[0]
    ranges = [parsed for part in accept.split(",") if (parsed := _media_range(part))]
    best = max(offered, key=lambda media_type: _quality(media_type, ranges))
    return best if _quality(best, ranges) > 0 else None


def _media_range(text: str) -> tuple[str, float] | None:
    """A media range and its quality from 0 to 1; None if the text is malformed."""
    media_type, *parameters = text.split(";")
    match = _RANGE.fullmatch(media_type)
    named = {name.strip().lower(): value.strip() for name, _, value in (each.partition("=") for each in parameters)}
    quality = named.get("q", "1")
    return (match[1].lower(), float(quality)) if match and _QUALITY.fullmatch(quality) else None


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality of the most specific range that contains the type; 0 if no range does."""
    for name in (media_type, f"{media_type.split('/')[0]}/*", "*/*"):
        qualities = [quality for range_, quality in ranges if range_ == name]
        if qualities:
            return max(qualities)
    return 0.0


def not_acceptable(offered: Sequence[str] = _OFFERED) -> Response:
    """The answer to a request whose Accept header allows none of these types."""
    wrong = FieldError("accept", Rule.MEDIA_TYPE, f"must allow {' or '.join(offered)}")
    return refusal(406, "not_acceptable", [wrong])
