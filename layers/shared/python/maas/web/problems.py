"""Errors as RFC 9457 problem+json: the tables from error type to HTTP status, and from field to the caller's name."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from maas.domain import errors
from maas.domain.errors import FieldError, MaasError, Rule
from maas.domain.quotas import QuotaExceeded
from maas.platform.observability import logger
from maas.platform.request_context import CURRENT
from maas.platform.timings import current
from maas.web.field_rules import path_of, rule_of, words_of
from maas.web.json_limits import over_limit

STATUS: Mapping[type[MaasError], int] = {
    errors.InvalidInput: 422,
    errors.Unauthenticated: 401,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    errors.TimedOut: 408,
    errors.AlreadyExists: 409,
    errors.WrongState: 409,
    errors.RevisionMismatch: 412,
    errors.TooLarge: 413,
    errors.PreconditionRequired: 428,
    errors.Exhausted: 429,
    errors.ModelCrashed: 502,
    errors.Unavailable: 503,
}
# Domain fields that an operation's caller writes under another name.
NAMES: Mapping[str, Mapping[str, str]] = {
    "GET /api/v1/models": {"owner_id": "owner", "tags": "tag"},
    "PUT /api/v1/models/{model_id}/aliases/{alias}": {"expected": "if-match"},
    "GET /api/v1/models/{model_id}/changelog": {"after": "from", "within": "range"},
    "GET /api/v1/models/{model_id}/diff": {"old": "from", "new": "to"},
    "PATCH /api/v1/models/{model_id}/versions/{ref}": {"version": "ref"},
    "DELETE /api/v1/models/{model_id}/versions/{ref}": {"version": "ref"},
    "POST /api/v1/models/{model_id}/versions/{ref}/publish": {"version": "ref"},
    "POST /api/v1/models/{model_id}/versions/{ref}/deprecate": {"version": "ref"},
    "POST /api/v1/inference": {"ref": "version"},
    "POST /api/v1/inference/jobs": {"ref": "version"},
    "POST /api/v1/models/{model_id}/predict": {"ref": "version"},
    "GET /v2/models/{model_id}/versions/{ref}": {"version": "ref"},
    "GET /v2/models/{model_id}/versions/{ref}/ready": {"version": "ref"},
    "POST /v2/models/{model_id}/versions/{ref}/infer": {"version": "ref"},
}
# Headers by status (RFC 6750, 3 and RFC 9110, 10.2.3).
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"www-authenticate": "Bearer"},
    429: {"retry-after": "1"},
    503: {"retry-after": "1"},
}
MEDIA_TYPE = "application/problem+json"
# Fields that a problem names: a body of one megabyte can have 100,000 unknown ones.
FIELDS_MAX = 20


def status_of(error: MaasError) -> int:
    """The status of the nearest base class in the table; 500 for an error that the table lacks, which is a bug."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def document(status: int, code: str, detail: str, request_id: str, fields: Sequence[FieldError] = ()) -> dict[str, Any]:
    """A problem document; it has `errors` only if there are `fields`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }
    if fields:
        body["errors"] = [{"field": f.field, "rule": f.rule, "message": f.message} for f in fields[:FIELDS_MAX]]
    return body


def problem(
    status: int,
    code: str,
    detail: str,
    fields: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """A response with this problem, with the headers that belong to its status; `extra` has members of its own.

    Under /v2 it is JSON with the member `error` too (docs/decisions/0077-errors-and-times-of-v2.md).
    """
    body, media_type = document(status, code, detail, _request_id(), fields) | dict(extra or {}), MEDIA_TYPE
    if timings := current():
        timings.failed(code, fields)
    if (request := CURRENT.get()) and request.open_inference:
        body, media_type = {"error": detail, **body}, "application/json"
    return JSONResponse(body, status, {**_HEADERS.get(status, {}), **(headers or {})}, media_type)


def answer(
    error: MaasError,
    names: Mapping[str, str] = MappingProxyType({}),
    extra: Mapping[str, Any] = MappingProxyType({}),
) -> JSONResponse:
    """The response to `error`, whose fields the caller writes as `names` says. A limit is named, with its end.

    `extra` has members of the answer's own.
    """
    named, ends, members = error.renamed(names), dict[str, str](), dict(extra)
    match error:
        case errors.RateLimited():
            ends, members = {"retry-after": str(error.retry_after)}, members | {"limit": error.limit}
        case errors.ModelPaused():
            ends = {"retry-after": str(error.retry_after)}
        case errors.PermissionDenied():
            _note_refusal(error.message)
        case QuotaExceeded():
            members |= {"quota": error.quota, "limit": error.limit, "use": error.use}
        case errors.WrongState() if error.upload_id:
            members |= {"upload_id": error.upload_id}
    return problem(status_of(named), named.code, named.message, named.fields, ends, members)


def _note_refusal(reason: str) -> None:
    """Leaves the reason to the gate, which observes refusals of rights."""
    if request := CURRENT.get():
        request.refusal = reason


def _request_id() -> str:
    request = CURRENT.get()
    return request.request_id if request else ""


def refusal(
    status: int, code: str, fields: Sequence[FieldError], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The response to a request that is refused before its route. The first of `fields` becomes the `detail`."""
    return problem(status, code, f"{fields[0].field}: {fields[0].message}", fields, headers)


def install(app: FastAPI) -> None:
    """Registers handlers that answer every error of `app` as a problem."""
    app.add_exception_handler(MaasError, _maas_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


async def _maas_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MaasError)
    return answer_to(request, error)


def answer_to(request: Request, error: MaasError) -> JSONResponse:
    """The response to a request that ended with this error, in the words of its operation."""
    return answer(error, NAMES.get(_operation(request), {}))


def _operation(request: Request) -> str:
    """`METHOD /path` of the route, with path parameters in braces; only the method if no route matches."""
    return f"{request.method} {getattr(request.scope.get('route'), 'path', '')}"


async def _validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    broken_rules = error.errors()[:FIELDS_MAX]
    malformed = next((e for e in broken_rules if e["type"] == "json_invalid"), None)
    if malformed:
        return _unread(str(error.body), malformed["ctx"]["error"])
    return _invalid([FieldError(path_of(e["loc"]), rule_of(e["type"]), words_of(e)) for e in broken_rules])


def _unread(document: str, cause: str) -> JSONResponse:
    """422 for JSON over a limit of the parser, 400 for a text that is not JSON."""
    if broken := over_limit(document, cause)[:FIELDS_MAX]:
        return _invalid([FieldError(path_of(("body", *location)), rule, message) for location, rule, message in broken])
    wrong = FieldError("body", Rule.JSON, f"is not JSON: {cause}")
    return problem(400, "malformed_json", f"{wrong.field} {wrong.message}", [wrong])


def _invalid(fields: Sequence[FieldError]) -> JSONResponse:
    return problem(422, "invalid_input", "; ".join(f"{f.field}: {f.message}" for f in fields[:5]), fields)


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).name.lower()
    return problem(error.status_code, code, str(error.detail), headers=error.headers)


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    return unexpected(error)


def unexpected(error: Exception) -> JSONResponse:
    """Answers a bug with the request id alone, and logs the rest.

    Sets the header itself: Starlette calls this outside of all middleware, so the gate can't.
    """
    logger.exception("unexpected error", exc_info=error)
    return problem(500, "internal", errors.UNEXPECTED, headers={"x-request-id": _request_id()})
