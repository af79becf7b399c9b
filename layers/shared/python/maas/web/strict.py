"""Routes that take nothing they do not know: bodies are JSON (RFC 8259), query parameters are declared ones."""

import contextlib
import email.message
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi._compat import field_annotation_is_sequence
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from pydantic_core import from_json

from maas.domain.errors import FieldError, InvalidInput, TooLarge
from maas.web.problems import problem

MIB = 1024 * 1024


class StrictRoute(APIRoute):
    """The `route_class` of every router here. `body_max` in bytes: what a message to the registry can carry."""

    body_max: ClassVar[int] = MIB

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        declared = [field for field in get_flat_params(self.dependant) if isinstance(field.field_info, Query)]
        known = {field.alias for field in declared}
        single = {one.alias for one in declared if not field_annotation_is_sequence(one.field_info.annotation)}

        async def strict(plain: Request) -> Response:
            request = _JsonRequest(plain.scope, plain.receive)
            _refuse_unknown(request, known)
            _refuse_repeated(request, single)
            body = await request.body()
            if len(body) > self.body_max:
                too_large = FieldError("body", "max_bytes", f"must be at most {self.body_max} bytes")
                raise TooLarge(f"body: {too_large.message}", [too_large])
            if body:
                if not _is_json(request.headers.get("content-type")):
                    return _unsupported(request)
                _refuse_repeated_names(body)
                if self.body_field is None:
                    _refuse_content(body)
            return await handle(request)

        return strict


class _JsonRequest(Request):
    """Parsed by pydantic's own parser: it bounds nesting and the size of numbers, and refuses half a surrogate pair,
    all of which Python's lets through to fail later.
    """

    async def json(self) -> Any:
        try:
            return from_json(await self.body())
        except ValueError as error:
            raise json.JSONDecodeError(str(error), "", 0) from None


def _refuse_unknown(request: Request, known: set[str]) -> None:
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        accepted = f"this route takes {', '.join(sorted(known))}" if known else "this route takes none"
        fields = [
            FieldError(name[:64], "unknown_parameter", f"is no query parameter here; {accepted}") for name in unknown
        ]
        raise InvalidInput(f"{fields[0].field}: {fields[0].message}", fields)


def _refuse_repeated(request: Request, single: set[str]) -> None:
    for name, times in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name in single and times > 1:
            raise InvalidInput.of(name, "repeated", "must be given once")


def _refuse_repeated_names(body: bytes) -> None:
    """The parser below keeps the last of two equal names. What is no JSON at all is for that one to refuse."""
    with contextlib.suppress(ValueError, RecursionError):
        _NAMES.decode(body.decode())


def _once(members: list[tuple[str, Any]]) -> None:
    if len(dict(members)) < len(members):
        [(name, _)] = Counter(name for name, _ in members).most_common(1)
        raise InvalidInput.of(name[:64], "repeated", "must be given once")


# Numbers are not made, only passed over: this is half of what a body costs.
_NAMES = json.JSONDecoder(object_pairs_hook=_once, parse_int=len, parse_float=len)


def _refuse_content(body: bytes) -> None:
    """Of a route that takes no body: what it says would be passed over in silence."""
    try:
        content = from_json(body)
    except ValueError:
        content = body
    if isinstance(content, dict):
        fields = [
            FieldError(name[:64], "extra_forbidden", "is no field here; this route takes none") for name in content
        ]
    else:
        fields = [FieldError("body", "empty", "must be empty here")] if content is not None else []
    if fields:
        raise InvalidInput(f"{fields[0].field}: {fields[0].message}", fields)


def _is_json(content_type: str | None) -> bool:
    """No content type at all counts as JSON; a wrong one is most often curl's default, and better said than guessed."""
    message = email.message.Message()
    message["content-type"] = content_type or "application/json"
    kind = message.get_content_type()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _unsupported(request: Request) -> Response:
    wrong = FieldError("content-type", "media_type", "must be application/json")
    return problem(request, 415, "unsupported_media_type", f"{wrong.field}: {wrong.message}", [wrong])
