"""The errors that a route can answer, from the route itself and from what docs/api says of it."""

from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from maas.web.idempotency import secrets_of
from maas.web.negotiation import NegotiatedRoute
from maas.web.strict import FormRoute
from tools.api_docs import PUBLIC
from tools.openapi_document.problems import Code
from tools.openapi_document.sections import Section

# Functions that call the registry, which refuses calls above its limit.
_REGISTRY = frozenset({"models", "uploads", "inference", "monitoring"})


def errors(route: APIRoute, function: str, section: Section) -> set[Code]:
    """Pairs of status and code."""
    return {*_of_requests(route, section), *_of_rights(section), *_of_changes(route, section), *section.errors} | (
        {(429, "exhausted")} if function in _REGISTRY else set()
    )


def _of_requests(route: APIRoute, section: Section) -> Iterator[Code]:
    """Every route refuses what it does not declare, and each can fail."""
    yield from ((422, "invalid_input"), (413, "too_large"), (415, "unsupported_media_type"))
    yield from ((500, "internal"), (503, "unavailable"))
    if route.body_field is not None and not isinstance(route, FormRoute):
        yield 400, "malformed_json"
    if isinstance(route, NegotiatedRoute):
        yield 406, "not_acceptable"
    if section.scope != PUBLIC and "{" in section.route:
        yield 404, "not_found"


def _of_rights(section: Section) -> Iterator[Code]:
    if section.scope != PUBLIC:
        yield from ((401, "unauthenticated"), (401, "token_expired"), (403, "permission_denied"), (429, "rate_limited"))


def _of_changes(route: APIRoute, section: Section) -> Iterator[Code]:
    if "if-match" in _headers(route.dependant):
        yield 412, "revision_mismatch"
    if secrets_of(route.endpoint) is not None:
        yield from ((409, "in_progress"), (422, "key_reused"))
    if section.scope != PUBLIC and route.methods != {"GET"}:
        yield 503, "contended"


def _headers(dependant: Dependant) -> set[str]:
    """The headers of requests that a route or one of its dependencies reads."""
    own = {field.alias for field in dependant.header_params}
    return own.union(*map(_headers, dependant.dependencies))
