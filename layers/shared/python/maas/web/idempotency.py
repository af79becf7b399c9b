"""`Idempotency-Key`: a route that is marked `@idempotent()` has one effect for all requests with one key.

See docs/decisions/0053-idempotency-keys.md. StrictRoute calls `answered` for each marked route.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from maas.domain.errors import MaasError, Unavailable
from maas.domain.idempotency import Answer, InProgress, KeyRecord, parsed_key
from maas.domain.identity.principals import Principal, Scope
from maas.platform.deadline import MARGIN
from maas.platform.observability import logger
from maas.platform.request_context import CURRENT, remaining_seconds
from maas.services.idempotency import IdempotencyService, KeyedRequest
from maas.web import problems
from maas.web.model_paths import unescaped

E = TypeVar("E", bound=Callable[..., Any])
Handle = Callable[[Request], Awaitable[Response]]
# Raises an error if the caller may not do this any more, in its organization or, with an id, to one model.
Allowed = Callable[[Principal, Scope, str], Awaitable[object]]

_MARK = "__idempotent__"
_HEADERS = ("content-type", "etag", "location", "cache-control")
# Seconds that an attempt lasts at most, like a function of template.yaml.
_LONGEST = 29.0
# Refusals by the state of things. Others are about the caller or the request, or pass by themselves.
_KEPT_REFUSALS = {409, 412}
_MAY_HAVE_HAD_EFFECT = {408, 429}


def idempotent(*secrets: str) -> Callable[[E], E]:
    """Marks a route's function. `secrets` are the members of its answer that are shown again for ten minutes only."""

    def mark(endpoint: E) -> E:
        vars(endpoint)[_MARK] = secrets
        return endpoint

    return mark


def secrets_of(endpoint: Callable[..., Any]) -> tuple[str, ...] | None:
    """The secrets of a marked route; None for every other route."""
    found: tuple[str, ...] | None = getattr(endpoint, _MARK, None)
    return found


class Idempotency:
    """The kept keys of one function, and the check of a caller before an answer is replayed."""

    def __init__(self, service: IdempotencyService, allowed: Allowed) -> None:
        self._service = service
        self._allowed = allowed

    async def answered(
        self, request: Request, key: str, secrets: tuple[str, ...], scope: Scope, handle: Handle
    ) -> Response:
        """The response of `handle`, or the first one to the same request with the key."""
        current = CURRENT.get()
        assert current is not None
        assert current.principal is not None
        operation = f"{request.method} {request.url.path}"
        keyed = KeyedRequest(current.principal, operation, parsed_key(key), await _content(request))
        try:
            begun = self._service.begin(keyed, remaining_seconds(_LONGEST) + MARGIN)
        except InProgress as error:
            wait = {"retry-after": str(error.seconds)}
            return problems.problem(409, error.code, error.message, error.fields, headers=wait)
        if isinstance(begun, Answer):
            await self._allowed(current.principal, scope, _model_id(request, begun.headers))
            return Response(begun.body, begun.status, headers={**begun.headers, "idempotency-replayed": "true"})
        current.effect_id = begun.effect_id
        return await self._first(request, begun, secrets, handle)

    async def _first(self, request: Request, begun: KeyRecord, secrets: tuple[str, ...], handle: Handle) -> Response:
        try:
            response = await handle(request)
        except MaasError as error:
            response = problems.answer_to(request, error)
        except (RequestValidationError, HTTPException):
            self._end(self._service.forget, begun)
            raise
        except Exception:  # of any kind: the attempt may have had its effect, so the next one takes it over
            self._end(self._service.reopen, begun)
            raise
        status = response.status_code
        if status < 300 or status in _KEPT_REFUSALS:
            headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
            answer = Answer(status, headers, bytes(response.body))
            self._end(lambda record: self._service.keep(record, answer, secrets), begun)
        elif status >= 500 or status in _MAY_HAVE_HAD_EFFECT:
            self._end(self._service.reopen, begun)
        else:
            self._end(self._service.forget, begun)
        return response

    def _end(self, step: Callable[[KeyRecord], None], record: KeyRecord) -> None:
        """Ends an attempt. If that fails, the next attempt waits for the end of the lock, and takes the effect over."""
        try:
            step(record)
        except Unavailable as error:
            logger.warning("the answer to a keyed request can't be kept", reason=error.message)


async def _content(request: Request) -> bytes:
    """All that a request asks for: body, query and conditions."""
    conditions = (request.headers.get("if-match", ""), request.headers.get("if-none-match", ""))
    return "\0".join((request.url.query, *conditions, "")).encode() + await request.body()


def _model_id(request: Request, answered: Mapping[str, str]) -> str:
    """The model that the request is about, or that it has made; empty if it is about none."""
    with suppress(KeyError):
        return unescaped(str(request.path_params["model_id"]))
    parent, _, last = answered.get("location", "").rpartition("/")
    return last if parent.endswith("/models") else ""
