"""One operation of the document."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from fastapi.routing import APIRoute

from maas.web.idempotency import secrets_of
from maas.web.negotiation import NegotiatedRoute
from maas.web.strict import FORM, FormRoute
from tools.api_docs import ANY_TOKEN, PUBLIC
from tools.openapi_document.errors import errors
from tools.openapi_document.fields import TOKEN_FORM
from tools.openapi_document.headers import OF_PREDICTIONS, named, reference
from tools.openapi_document.parameters import parameters
from tools.openapi_document.problems import component, status_codes
from tools.openapi_document.schemas import referring, untitled
from tools.openapi_document.sections import Section, Undescribed, tag

_FILE = Path(__file__).parent / "operations.yaml"
# The ends of paths of predictions, whose answers tell their times.
_PREDICTIONS = ("/inference", "/predict", "/warm", "/infer")
_JSON = "application/json"
# What an answer without a body repeats of the whole one.
_OF_NOT_MODIFIED = (
    "Cache-Control",
    "Deprecation",
    "ETag",
    "RateLimit",
    "RateLimit-Policy",
    "Vary",
    "X-Content-Type-Options",
    "X-Request-Id",
)
_SCHEMAS = "#/components/schemas"


@dataclass(frozen=True, slots=True)
class Source:
    """All that is known of an operation; `base` is FastAPI's own part of the document."""

    route: APIRoute
    function: str
    base: Mapping[str, Any]
    section: Section

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its line of operations.yaml. Raises Undescribed without one, with what to do."""
        found = _table().get(self.section.route)
        if not found:
            raise Undescribed(f"{self.section.route} has no operationId: give it one in {_FILE.name}")
        facts: Mapping[str, Any] = found
        return facts


def operation(source: Source) -> dict[str, Any]:
    """The operation as OpenAPI has it."""
    section, facts = source.section, source.facts
    keyed = secrets_of(source.route.endpoint) is not None
    declared = source.base.get("parameters", [])
    found = {
        "operationId": facts["id"],
        "tags": [tag(section.page)],
        "summary": section.summary.removesuffix("."),
        "description": f"{section.summary}\n\n{section.description}".strip(),
        "security": _security(section.scope),
        "parameters": [*parameters(section.route, source.route.path, declared, section.request, keyed=keyed)],
        "requestBody": _body(source),
        "responses": {**_successes(source), **_errors(source)},
    }
    return {key: value for key, value in found.items() if value not in (None, []) or key == "security"}


def _security(scope: str) -> list[dict[str, list[str]]]:
    if scope == PUBLIC:
        return []
    scopes = [] if scope == ANY_TOKEN else [scope]
    return [{"accessToken": scopes}, {"apiKey": scopes}]


def _body(source: Source) -> dict[str, Any] | None:
    sent = source.facts.get("examples", {}).get("request", source.section.request.body)
    if isinstance(source.route, FormRoute):
        return {"required": True, "content": {FORM: {"schema": TOKEN_FORM, "examples": _examples(sent)}}}
    if "requestBody" not in source.base:
        return None
    body = referring(untitled(source.base["requestBody"]))
    content = body["content"][_JSON]
    if not body.get("required"):  # null is as good as no body
        body["required"] = False
    return {**body, "content": {_JSON: {**content, **({"examples": _examples(sent)} if sent is not None else {})}}}


def _successes(source: Source) -> dict[str, Any]:
    facts, shown = source.facts, source.section.answer
    also = {int(status): name for status, name in facts.get("also", {}).items()}
    found = {}
    for status in sorted({*_declared(source.base), *also}):
        schema = {"$ref": f"{_SCHEMAS}/{also[status]}"} if also.get(status) else _schema(source, status)
        content = (
            _content(source, schema, status, same=status not in also) if schema and status not in (204, 304) else {}
        )
        headers = _headers(source)
        if status == HTTPStatus.NOT_MODIFIED:
            headers = {name: value for name, value in headers.items() if name in _OF_NOT_MODIFIED}
        answer = {"description": HTTPStatus(status).phrase, "headers": headers, "content": content}
        found[str(status)] = {key: value for key, value in answer.items() if value}
    if str(shown.status) not in found:
        raise Undescribed(f"{source.section.route} shows {shown.status}: add it as `also` in {_FILE.name}")
    return found


def _declared(base: Mapping[str, Any]) -> Iterable[int]:
    return (int(status) for status in base["responses"] if status != "422")


def _schema(source: Source, status: int) -> Any:
    content = source.base["responses"].get(str(status), {}).get("content", {})
    schema = next((referring(untitled(each.get("schema"))) for each in content.values()), None)
    secrets = secrets_of(source.route.endpoint)
    return _replayed(schema, secrets) if schema and secrets else schema


def _replayed(schema: Any, secrets: Iterable[str]) -> Any:
    """The schema with what a late repeat of the request answers: it has no secrets any more."""
    return {
        "anyOf": [
            schema,
            {
                "type": "object",
                "required": ["omitted"],
                "properties": {
                    "omitted": {
                        "type": "array",
                        "items": {"enum": [*secrets]},
                        "description": "Secrets that are not shown again.",
                    }
                },
            },
        ]
    }


def _content(source: Source, schema: Any, status: int, *, same: bool) -> dict[str, Any]:
    """The content of a success; with `same` its body is of the same kind as the one that the section shows."""
    shown, given = source.section.answer, source.facts.get("examples", {})
    body = shown.body if same or status == shown.status else given.get(status)
    media = shown.headers.get("content-type", _JSON).partition(";")[0]
    found = {media: _with_example(schema, body)}
    if isinstance(source.route, NegotiatedRoute):
        found |= {other: _with_example({"type": "string"}, given.get(other)) for other in source.route.offered[1:]}
    return found


def _with_example(schema: Any, value: Any) -> dict[str, Any]:
    return {"schema": schema} if value is None else {"schema": schema, "examples": _examples(value)}


def _headers(source: Source) -> dict[str, Any]:
    section, may = source.section, source.facts.get("may", [])
    sent = section.answer.headers.keys() - {"content-type", "link", *may}
    always, some = {named(name) for name in sent}, {named(name) for name in may}
    if any(parameter["name"] == "cursor" for parameter in source.base.get("parameters", [])):
        some.add("Link")
    if section.scope != PUBLIC:
        some |= {"RateLimit", "RateLimit-Policy"}
    if source.route.path.endswith(_PREDICTIONS):
        some |= {*OF_PREDICTIONS}
    if secrets_of(source.route.endpoint) is not None:
        some.add("Idempotency-Replayed")
    found = {name: reference(name, required=True) for name in {*always, "X-Request-Id"}}
    return found | {name: reference(name, required=False) for name in some - found.keys()}


def _errors(source: Source) -> dict[str, Any]:
    extra = [(int(status), code) for status, codes in source.facts.get("codes", {}).items() for code in codes]
    grouped = status_codes({*errors(source.route, source.function, source.section), *extra})
    return {
        str(status): {"$ref": f"#/components/responses/{component(status, names, source.route.path)}"}
        for status, names in grouped.items()
    }


def _examples(value: Any) -> dict[str, Any]:
    return {"docs": {"value": copy.deepcopy(value)}}


@cache
def _table() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(_FILE.read_text())
    return found
