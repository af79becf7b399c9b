"""The whole document: the operations of all apps, with what they share."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.openapi_document import headers
from tools.openapi_document.apps import api_routes, apps
from tools.openapi_document.operation import Source, operation
from tools.openapi_document.problems import answer, parsed
from tools.openapi_document.schemas import components
from tools.openapi_document.sections import Undescribed, pages, sections

_INFO: Mapping[str, Any] = {
    "title": "MaaS: Model as a Service",
    "version": "1",
    "summary": "Keep machine-learning models and call them.",
    "description": (
        "JSON in, JSON out, over HTTPS. Errors are `application/problem+json` (RFC 9457) with a `code`.\n\n"
        "On AWS, API Gateway answers some requests by itself (401, 413, 429, 500, 503): its body is "
        '`{"message": "..."}` alone. Decide by the status of these answers.\n\n'
        "`HEAD` is 405 everywhere but at `/docs` and `/openapi.json`, and `OPTIONS` answers with the methods of a "
        "path. Every answer has the header `x-request-id`, and takes it from the request."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
_SECURITY: Mapping[str, Any] = {
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a login or of a token exchange. It lasts 15 minutes.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "API key",
        "description": "The text of an API key, which begins with `maas_`, in the place of an access token.",
    },
}


def openapi() -> dict[str, Any]:
    """The document. Raises Undescribed if something of a route is missing, with what to do."""
    paths: dict[str, dict[str, Any]] = {}
    for source in sources():
        method = source.section.route.partition(" ")[0].lower()
        paths.setdefault(source.route.path, {})[method] = operation(source)
    responses = {name: _error(name) for name in _problems(paths)}
    return {
        "openapi": "3.1.0",
        "info": dict(_INFO),
        "servers": [{"url": "/", "description": "The server that this document comes from."}],
        "tags": _tags(paths),
        "paths": paths,
        "components": {
            "schemas": components(app.openapi() for app in apps().values()),
            "headers": headers.components(_references([paths, responses])),
            "responses": responses,
            "securitySchemes": dict(_SECURITY),
        },
    }


def _references(node: Any) -> Iterator[str]:
    """The target of every reference."""
    if isinstance(node, dict):
        if isinstance(target := node.get("$ref"), str):
            yield target
        node = list(node.values())
    for each in node if isinstance(node, list) else ():
        yield from _references(each)


def sources() -> Iterator[Source]:
    """Every operation of every app."""
    for function, app in apps().items():
        base = app.openapi()["paths"]
        for route in api_routes(app):
            for method in sorted((route.methods or set()) - {"HEAD"}):  # its answer is that to GET
                key = f"{method} {route.path}"
                if key not in sections():
                    raise Undescribed(f"{key} has no section: write one in docs/api, with a request and its answer")
                yield Source(route, function, base[route.path][method.lower()], sections()[key])


def _tags(paths: Mapping[str, Any]) -> list[dict[str, str]]:
    used = {tag for operations in paths.values() for each in operations.values() for tag in each["tags"]}
    return [
        {"name": page.tag, "description": f"{page.title}. {page.introduction}"}
        for page in pages().values()
        if page.tag in used
    ]


def _problems(paths: Mapping[str, Any]) -> list[str]:
    """The name of each answer with an error that an operation refers to."""
    answers = (
        each for operations in paths.values() for one in operations.values() for each in one["responses"].values()
    )
    return sorted({each["$ref"].rpartition("/")[2] for each in answers if "$ref" in each})


def _error(name: str) -> dict[str, Any]:
    status, codes, of_v2 = parsed(name)
    return answer(status, codes, of_v2=of_v2)
