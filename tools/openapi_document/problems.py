"""Answers with errors, from the table of statuses, the table of codes and the route."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from maas.domain.rules import Rule
from maas.web.problems import FIELDS_MAX, MEDIA_TYPE, document
from tools.openapi_document.headers import OF_PREDICTIONS, reference
from tools.openapi_document.sections import Undescribed, codes

Code = tuple[int, str]

_TEXT = {"type": "string"}
PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "description": "An error (RFC 9457). Decide by `status` and `code`; texts are for people, and may change.",
    "properties": {
        "type": {"const": "about:blank"},
        "title": {**_TEXT, "description": "The standard phrase of the status."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {**_TEXT, "description": "What is wrong with this request."},
        "code": {**_TEXT, "description": "The kind of error."},
        "request_id": {**_TEXT, "description": "Finds the request in the logs."},
        "errors": {
            "type": "array",
            "description": "The fields to blame; absent if the error is not about a field.",
            "minItems": 1,
            "maxItems": FIELDS_MAX,
            "items": {
                "type": "object",
                "properties": {
                    "field": {**_TEXT, "description": "A path as the caller wrote it, such as `tags[2]`."},
                    "rule": {**_TEXT, "enum": [str(rule) for rule in Rule], "description": "The broken rule."},
                    "message": _TEXT,
                },
                "required": ["field", "rule", "message"],
            },
        },
        "server_time": {**_TEXT, "format": "date-time", "description": "The server's time, of 401 alone."},
        "upload_id": {**_TEXT, "description": "The upload under way, of the 409 of `POST .../upload` alone."},
        "limit": {"type": ["string", "integer"], "description": "The limit of a 429, or the number of a quota."},
        "quota": {**_TEXT, "description": "The quota of `quota_exceeded`."},
        "use": {"type": "integer", "description": "What the organization uses of the quota."},
        "organizations": {
            "type": "array",
            "description": "The organizations of `organization_required`.",
            "items": {
                "type": "object",
                "properties": {"id": _TEXT, "name": _TEXT},
                "required": ["id", "name"],
            },
        },
        "ready": {"type": "boolean", "description": "Of `GET /readyz` and `GET /v2/health/ready` alone."},
        "parts": {"type": "array", "items": {"type": "object"}, "description": "Of `GET /readyz` alone."},
        "error": {**_TEXT, "description": "Under `/v2`, `detail`; of `POST /api/v1/auth/token`, OAuth's code."},
        "error_description": {**_TEXT, "description": "Of `POST /api/v1/auth/token` alone."},
        "message": {**_TEXT, "description": "Of API Gateway's own answers alone."},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}
# Phrases that differ between versions of Python.
_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}
# The end of names of answers under /v2, and what these answers have beside those of all routes.
_V2 = ".v2"
_OF_V2: Mapping[bool, Mapping[str, Any]] = {True: {"required": ["error"]}, False: {}}
# Statuses of API Gateway's own answers, which have one form under /v2 too.
_OF_THE_GATEWAY = frozenset({401, 413, 429, 500, 503})
_REQUEST_ID = "bc9c2f0a4d5e4b6f8a7c9d0e1f2a773f"


def status_codes(found: Iterable[Code]) -> dict[int, list[str]]:
    """The codes of each status."""
    grouped: dict[int, list[str]] = {}
    for status, code in sorted(set(found)):
        grouped.setdefault(status, []).append(code)
    return grouped


def component(status: int, names: list[str], path: str) -> str:
    """The name of an answer with these codes, of an operation with this path."""
    return f"{status}_{'_or_'.join(names)}{_V2 if path.startswith('/v2') else ''}"


def parsed(name: str) -> tuple[int, list[str], bool]:
    """The status and codes of the name of an answer, and whether it is of /v2."""
    status, _, codes = name.removesuffix(_V2).partition("_")
    return int(status), codes.split("_or_"), name.endswith(_V2)


def answer(status: int, names: list[str], *, of_v2: bool = False) -> dict[str, Any]:
    """The answer with one of these codes. Raises Undescribed if docs/api/errors.md lacks one."""
    if missing := [name for name in names if (status, name) not in codes()]:
        raise Undescribed(f"docs/api/errors.md has no row for {status} {missing[0]}")
    meaning = {name: codes()[status, name] for name in names}
    media_type = "application/json" if of_v2 else MEDIA_TYPE
    own = {"status": {"const": status}, "code": {"enum": names}}
    return {
        "description": "\n".join(f"- `{name}`: {when}" for name, when in meaning.items()),
        "headers": _headers(status, names),
        "content": {
            media_type: {
                "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, {**_OF_V2[of_v2], "properties": own}]},
                "examples": {
                    name: {"value": ({"error": when} if of_v2 else {}) | _example(status, name, when)}
                    for name, when in meaning.items()
                },
            },
            **_gateways(status, of_v2=of_v2),
        },
    }


def _gateways(status: int, *, of_v2: bool) -> dict[str, Any]:
    """API Gateway's own answer under /v2, which is a problem as everywhere else."""
    if not of_v2 or status not in _OF_THE_GATEWAY:
        return {}
    return {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _headers(status: int, names: list[str]) -> dict[str, Any]:
    """API Gateway's own answers have none of them but the request id, so only this one is always there."""
    found = ["Cache-Control", "RateLimit", "RateLimit-Policy", *OF_PREDICTIONS]
    if status == HTTPStatus.UNAUTHORIZED:
        found.append("WWW-Authenticate")
    if status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        found.append("Accept-Encoding")
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) or "in_progress" in names:
        found.append("Retry-After")
    if status in (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED):
        found.append("Idempotency-Replayed")
    some = {name: reference(name, required=False) for name in found}
    return {"X-Request-Id": reference("X-Request-Id", required=True), **some}


def _example(status: int, code: str, detail: str) -> dict[str, Any]:
    title = _PHRASES.get(status, HTTPStatus(status).phrase)
    return {**document(status, code, detail, _REQUEST_ID), "title": title}
