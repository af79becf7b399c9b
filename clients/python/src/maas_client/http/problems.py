"""The error of the tree that an answer means if it is not a success."""

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from maas_client import errors as e

BY_CODE: dict[str, type[e.ApiError]] = {
    "malformed_json": e.BadRequest,
    "token_not_trusted": e.TokenNotTrusted,
    "unauthenticated": e.Unauthenticated,
    "token_expired": e.TokenExpired,
    "invalid_credentials": e.InvalidCredentials,
    "permission_denied": e.PermissionDenied,
    "registration_closed": e.RegistrationClosed,
    "not_found": e.NotFound,
    "method_not_allowed": e.MethodNotAllowed,
    "not_acceptable": e.BadRequest,
    "timeout": e.PredictionTimeout,
    "already_exists": e.AlreadyExists,
    "wrong_state": e.WrongState,
    "organization_required": e.OrganizationRequired,
    "in_progress": e.InProgress,
    "incompatible": e.Incompatible,
    "not_served": e.NotServed,
    "quota_exceeded": e.QuotaExceeded,
    "revision_mismatch": e.RevisionMismatch,
    "too_large": e.TooLarge,
    "unsupported_media_type": e.BadRequest,
    "invalid_input": e.InvalidInput,
    "model_resources": e.ModelResources,
    "key_reused": e.KeyReused,
    "precondition_required": e.PreconditionRequired,
    "exhausted": e.Exhausted,
    "rate_limited": e.RateLimited,
    "internal": e.ServerError,
    "model_crashed": e.ModelCrashed,
    "model_paused": e.ModelPaused,
    "unavailable": e.Unavailable,
    "artifact_unavailable": e.ArtifactUnavailable,
    "artifact_damaged": e.ArtifactDamaged,
    "issuer_unreachable": e.IssuerUnreachable,
    "contended": e.Contended,
    "bad_request": e.BadRequest,
    "insufficient_storage": e.InsufficientStorage,
}
_PROXY_LOGIN = 407
# API Gateway answers some requests by itself, without a code. A newer server may have a code that is not listed above.
_OF_PROXIES = frozenset({413, 429, 502, 503, 504})  # which proxies before the API answer in words of their own
_BY_STATUS: dict[int, type[e.ApiError]] = {
    400: e.BadRequest,
    401: e.Unauthenticated,
    403: e.PermissionDenied,
    404: e.NotFound,
    405: e.MethodNotAllowed,
    409: e.Conflict,
    412: e.RevisionMismatch,
    413: e.TooLarge,
    422: e.InvalidInput,
    429: e.RateLimited,
    502: e.Unavailable,
    503: e.Unavailable,
    504: e.Unavailable,
    507: e.InsufficientStorage,
}


def problem(response: httpx2.Response) -> e.ApiError | e.UnexpectedAnswer:
    """Returns the error that an answer means."""
    body = _body(response)
    status, code = response.status_code, _text(body, "code")
    of_status = _BY_STATUS.get(status, e.ServerError if status >= 500 else e.BadRequest)
    if not code and not _text(body, "message") and status not in _OF_PROXIES:
        return e.UnexpectedAnswer(_unexpected(response))
    details: dict[str, Any] = {
        "status": status,
        "code": code,
        "request_id": _text(body, "request_id") or response.headers.get("x-request-id", ""),
        "errors": tuple(_fields(body)),
        "retry_after": retry_after(response),
    }
    details |= {name: _text(body, name) for name in ("limit", "upload_id") if name in body}
    if isinstance(body.get("organizations"), list):
        details["organizations"] = tuple(each for each in body["organizations"] if isinstance(each, dict))
    text = _text(body, "detail") or _text(body, "message") or f"{status} {response.reason_phrase}"
    return BY_CODE.get(code, of_status)(text, **details)


def retry_after(response: httpx2.Response) -> float | None:
    """Returns the seconds of `retry-after`, which may be a number or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    at = http_date(value)
    return None if at is None else max(0.0, (at - datetime.now(timezone.utc)).total_seconds())


def http_date(value: str) -> datetime | None:
    """Returns the time of a header such as `date` (RFC 9110, 5.6.7), or None if it is none."""
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):  # the last for a year or a zone of many digits
        return None
    return None if at.tzinfo is None else at


def _unexpected(response: httpx2.Response) -> str:
    if response.status_code == _PROXY_LOGIN:
        return "the proxy wants a login: put a name and a password into the variable http_proxy or https_proxy"
    kind = response.headers.get("content-type", "no content type").partition(";")[0]
    url = response.request.url.copy_with(query=None)
    return f"{url} answered {response.status_code} with {kind}: this is not the API of MaaS; check the address"


def _body(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""


def _fields(body: dict[str, Any]) -> list[e.FieldError]:
    listed = body.get("errors")
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return [e.FieldError(_text(item, "field"), _text(item, "rule"), _text(item, "message")) for item in items]
