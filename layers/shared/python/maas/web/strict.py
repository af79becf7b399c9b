"""Routes that accept declared query parameters and JSON bodies (RFC 8259), and refuse everything else.

docs/decisions/0023-unknown-query-parameters.md explains why FastAPI's query parameter models are not used.
"""

import contextlib
import email.message
import json
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, ClassVar, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic_core import from_json

from maas.domain.errors import FieldError, InvalidInput, Rule, TooLarge
from maas.web.idempotency import Idempotency, secrets_of
from maas.web.json_bodies import parsed
from maas.web.principal import required_scope
from maas.web.problems import refusal
from maas.web.query import TAKES_FIELDS

MIB = 1024 * 1024
FORM = "application/x-www-form-urlencoded"
# Bytes of a form: the longest ID token, percent-encoded, and what comes with it.
FORM_MAX = 64 * 1024
Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """The `route_class` of every router. `body_max` in bytes is the limit of messages to the registry."""

    body_max: ClassVar[int] = MIB

    def get_route_handler(self) -> Handle:
        handle = self._once(super().get_route_handler())
        declared = dict(_query_parameters(self.dependant))
        takes_fields = any(getattr(each.call, TAKES_FIELDS, False) for each in self.dependant.dependencies)
        known, single = set(declared), {name for name, repeatable in declared.items() if not repeatable}

        async def strict(plain: Request) -> Response:
            request = JsonRequest(plain.scope, plain.receive)
            wrong = _repeated(request, single | set(request.query_params) - known)
            if not takes_fields:
                wrong = _unknown(request, known) or wrong
            if wrong:
                return refusal(422, InvalidInput.code, wrong)
            read = await self._read(request)
            if isinstance(read, Response):
                return read
            body = await read.body()
            return (self._refused(read, body) if body else None) or await handle(read)

        return strict

    async def _read(self, request: "JsonRequest") -> "JsonRequest | Response":
        """The request with its body as the route reads it, or the answer to a body that it does not read."""
        body = await request.body()
        if body and not _is_unencoded(request.headers.get("content-encoding")):
            return _encoded()
        if len(body) > self.body_max:
            return over_body_max(self.body_max)
        return request

    def _refused(self, request: Request, body: bytes) -> Response | None:
        """The answer to a body that the route does not take; None if it may be read."""
        if not is_json(request.headers.get("content-type")):
            return unsupported("application/json")
        wrong = repeated_names(body) or (_content(body) if self.body_field is None else [])
        return refusal(422, InvalidInput.code, wrong) if wrong else None

    def _once(self, handle: Handle) -> Handle:
        """`handle`, which has one effect for all requests with one key if the route is marked `@idempotent()`."""
        secrets = secrets_of(self.endpoint)
        if secrets is None:
            return handle
        scope = required_scope(each.call for each in self.dependant.dependencies)

        async def once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if key is None:
                return await handle(request)
            idempotency: Idempotency = request.app.state.idempotency
            return await idempotency.answered(request, key, secrets, scope, handle)

        return once


class FormRoute(StrictRoute):
    """A route whose body is a form, as OAuth requires of requests for tokens (RFC 6749, 4.1.3)."""

    body_max = FORM_MAX

    def _refused(self, request: Request, body: bytes) -> Response | None:  # noqa: ARG002 - the route parses it
        return None if media_type(request.headers.get("content-type"), FORM) == FORM else unsupported(FORM)


def _query_parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Query parameters of a route and its dependencies: the name, and whether it may be repeated (a list or tuple)."""
    for field in dependant.query_params:
        yield field.alias, get_origin(field.field_info.annotation) in (list, tuple)
    for dependency in dependant.dependencies:
        yield from _query_parameters(dependency)


class JsonRequest(Request):
    """A request whose body is JSON as json_bodies.py reads it."""

    def put(self, body: bytes) -> None:
        """Takes `body` in place of the one that was sent."""
        self._body = body

    async def json(self) -> Any:
        body = await self.body()
        try:
            return parsed(body)
        except ValueError as error:
            raise json.JSONDecodeError(str(error), body.decode(errors="replace"), 0) from None


def _unknown(request: Request, known: set[str]) -> list[FieldError]:
    """Query parameters that the route does not declare."""
    accepted = f"this route takes {', '.join(sorted(known))}" if known else "this route takes none"
    return [
        FieldError(shown(name), Rule.UNKNOWN, f"is not a query parameter here; {accepted}")
        for name in request.query_params
        if name not in known
    ]


def _repeated(request: Request, single: set[str]) -> list[FieldError]:
    """The first query parameter that is given more than once and may not be."""
    times = Counter(name for name, _ in request.query_params.multi_items())
    return [_given_once(name) for name in times if name in single and times[name] > 1][:1]


def _given_once(name: str) -> FieldError:
    return FieldError(shown(name), Rule.REPEATED, "must be given once")


def shown(name: str) -> str:
    """A name of the caller's own as the field of an error: at most 64 characters, and quotes for an empty one."""
    return name[:64] or '""'


class _RepeatedName(Exception):
    """An object of the body has one name twice."""


def repeated_names(body: bytes) -> list[FieldError]:
    """The first name that an object of the body has twice; the parser in FastAPI would keep the last value.

    Ignores a body that is not JSON, because that parser refuses it.
    """
    try:
        with contextlib.suppress(ValueError, RecursionError):
            _NAMES.decode(body.decode())
    except _RepeatedName as error:
        return [_given_once(str(error))]
    return []


def _once(members: list[tuple[str, Any]]) -> None:
    if len(dict(members)) < len(members):
        [(name, _)] = Counter(name for name, _ in members).most_common(1)
        raise _RepeatedName(name)


# Numbers are skipped instead of parsed: parsing them is half of the cost of a body.
_NAMES = json.JSONDecoder(object_pairs_hook=_once, parse_int=len, parse_float=len)


def _content(body: bytes) -> list[FieldError]:
    """Errors for the content of a body that the route does not take, instead of ignoring it silently."""
    try:
        content = from_json(body)
    except ValueError:
        content = body
    if isinstance(content, dict):
        return [FieldError(shown(name), Rule.UNKNOWN, "is not a field here; this route takes none") for name in content]
    return [FieldError("body", Rule.EMPTY, "must be empty here")] if content is not None else []


def over_body_max(most: int) -> Response:
    return refusal(413, TooLarge.code, [FieldError("body", Rule.MAX_BYTES, f"must be at most {most} bytes")])


def _is_unencoded(content_encoding: str | None) -> bool:
    """Returns whether the body has no content coding. `identity` says so too, although it should not be sent."""
    codings = (coding.strip().lower() for coding in (content_encoding or "").split(","))
    return all(coding in ("", "identity") for coding in codings)


def _encoded() -> Response:
    """415 for a compressed body, with the codings that are supported (RFC 9110, 12.5.3 and 15.5.16).

    It is not decompressed: AWS does not document that an HTTP API passes such a body of the type application/json to a
    function unharmed. It says so of other types alone, whose bodies travel in base64.
    """
    wrong = FieldError("content-encoding", Rule.CONTENT_ENCODING, "must be absent; send the body uncompressed")
    return refusal(415, "unsupported_media_type", [wrong], headers={"accept-encoding": "identity"})


def unsupported(wanted: str) -> Response:
    wrong = FieldError("content-type", Rule.MEDIA_TYPE, f"must be {wanted}")
    return refusal(415, "unsupported_media_type", [wrong])


def is_json(content_type: str | None) -> bool:
    """Returns whether the content type is JSON, or missing.

    A wrong one is mostly curl's default (a form): the answer names the right one, instead of parsing the body anyway.
    """
    kind = media_type(content_type, "application/json")
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def media_type(content_type: str | None, default: str) -> str:
    """The media type of a header, without its parameters; `default` if there is none."""
    message = email.message.Message()
    message["content-type"] = content_type or default
    return message.get_content_type()
