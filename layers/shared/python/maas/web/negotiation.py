"""Routes that answer JSON or Markdown, as the caller wants (RFC 9110, 12.5.1)."""

import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from fastapi import Request, Response

from maas.contracts.base import Answer
from maas.domain.errors import FieldError, Rule
from maas.web.problems import refusal
from maas.web.strict import StrictRoute

JSON, MARKDOWN = "application/json", "text/markdown"
# Where both are as good, the first.
_OFFERED = (JSON, MARKDOWN)

_NAME = r"[\w!#$&^.+*-]+"
_RANGE = re.compile(rf"\s*({_NAME}/{_NAME})\s*")
_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")

A = TypeVar("A", bound=Answer)


class NegotiatedRoute(StrictRoute):
    """The `route_class` of these: 406 before anything is done."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def negotiated(request: Request) -> Response:
            return await handle(request) if preferred(request.headers.get("accept")) else _not_acceptable()

        return negotiated


def answered(request: Request, answer: A, markdown: Callable[[A], str]) -> Response:
    """`answer` in the form that is wanted."""
    headers = {"vary": "accept"}
    if preferred(request.headers.get("accept")) == MARKDOWN:
        return Response(markdown(answer), media_type=MARKDOWN, headers=headers)
    return Response(answer.model_dump_json(by_alias=True), media_type=JSON, headers=headers)


def preferred(accept: str | None) -> str | None:
    """The better of the two for this Accept header, or None where neither will do.

    Without a header all will; what of it can't be read counts as if it were not there.
    """
    if accept is None or not accept.strip():
        return JSON
    ranges = [found for part in accept.split(",") if (found := _media_range(part))]
    best = max(_OFFERED, key=lambda media_type: _quality(media_type, ranges))
    return best if _quality(best, ranges) > 0 else None


def _media_range(text: str) -> tuple[str, float] | None:
    """The range and its quality."""
    media_type, *parameters = text.split(";")
    found = _RANGE.fullmatch(media_type)
    named = {name.strip().lower(): value.strip() for name, _, value in (each.partition("=") for each in parameters)}
    quality = named.get("q", "1")
    return (found[1].lower(), float(quality)) if found and _QUALITY.fullmatch(quality) else None


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """That of the most specific range which the type is in."""
    for name in (media_type, f"{media_type.split('/')[0]}/*", "*/*"):
        found = [quality for range_, quality in ranges if range_ == name]
        if found:
            return max(found)
    return 0.0


def _not_acceptable() -> Response:
    wrong = FieldError("accept", Rule.MEDIA_TYPE, f"must allow {' or '.join(_OFFERED)}")
    return refusal(406, "not_acceptable", [wrong])
