"""Every operation of the client is a route of the template, with a body that the server's contract accepts."""

import contextlib
import inspect
import re
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client import errors
from maas_client.http.api import Pages
from tests.support.client_api import MODEL_ID as M
from tests.support.client_api import FakeApi
from tests.support.client_operations import AT, KEYED, OPERATIONS, ClientCall
from tests.support.template_routes import declared_routes

_TESTED_ELSEWHERE = {"auth.logout"}  # needs a session
_FORMS = {"auth.exchange"}  # tests/unit/client/test_exchange.py
OPEN_INFERENCE = (
    "GET /v2",
    "GET /v2/health/live",
    "GET /v2/health/ready",
    *(
        f"{method} /v2/models/{{model_id}}{version}{end}"
        for version in ("", "/versions/{ref}")
        for method, end in (("GET", ""), ("GET", "/ready"), ("POST", "/infer"))
    ),
)
# Routes that no method of a resource sends, and why.
_WITHOUT_METHOD = {
    "POST /api/v1/auth/refresh": "the credential of a login refreshes by itself",
    "POST /api/v1/auth/logout": "needs a session",
    "POST /api/v1/inference": "POST models/{model_id}/predict is the same",
    "GET /healthz": "for load balancers",
    "GET /readyz": "for operators",
    "GET /openapi.json": "for programs that read documents",
    "GET /docs": "for browsers",
    "GET /health": "for clients of a service with one model",
    "POST /predict": "for clients of a service with one model",
    **dict.fromkeys(OPEN_INFERENCE, "for clients of the Open Inference Protocol"),
    "HEAD /openapi.json": "for tools that look at files",
    "HEAD /docs": "for tools that look at files",
}
_RESOURCES = {
    "auth",
    "account",
    "models",
    "monitoring",
    "captures",
    "versions",
    "aliases",
    "rollouts",
    "grants",
    "uploads",
    "inference",
    "feedback",
    "jobs",
    "api_keys",
    "users",
    "service_accounts",
    "trusted_issuers",
    "webhooks",
    "audit",
    "usage",
}


def test_every_method_of_every_resource_is_tested() -> None:
    client = FakeApi(lambda _: {}).client()
    methods = {
        f"{resource}.{name}"
        for resource in _RESOURCES
        for name, _ in inspect.getmembers(getattr(client, resource), inspect.ismethod)
        if not name.startswith("_")
    }
    assert methods == set(OPERATIONS) | _TESTED_ELSEWHERE


def test_every_route_has_a_method_or_a_reason() -> None:
    sent = {route.replace(" ", " /api/v1/", 1).replace("/api/v1//", "/") for _, route, _ in OPERATIONS.values()}
    missing = {
        route.key for route in declared_routes() if not any(re.fullmatch(_pattern(route.key), each) for each in sent)
    }
    assert missing == set(_WITHOUT_METHOD)


@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_operation_sends_a_declared_route_and_a_body_of_its_contract(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a download begins a file
    call, route, contract = OPERATIONS[name]
    request = await _sent(call)
    path = request.url.raw_path.decode().partition("?")[0]
    assert f"{request.method} {path.removeprefix('/api/v1/')}" == route
    assert any(re.fullmatch(_pattern(each.key), f"{request.method} {path}") for each in declared_routes())
    assert ("idempotency-key" in request.headers) == (name in KEYED)
    if contract:
        contract.model_validate_json(request.content)
    elif name not in _FORMS:
        assert request.content == b""


async def _sent(call: ClientCall) -> httpx2.Request:
    """The request of an operation, whose answer this API leaves out."""
    api = FakeApi(lambda _: httpx2.Response(204))
    async with api.client() as client:
        made = call(client)
        waiting: Awaitable[Any] = made.first() if isinstance(made, Pages) else made
        with contextlib.suppress(errors.UnexpectedAnswer):
            await waiting
    return api.requests[0]


def _pattern(route: str) -> str:
    return re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route))


async def test_queries_are_written_as_the_api_reads_them() -> None:
    request = await _sent(lambda c: c.models.list(tags=["a", "b"], is_public=True, created_after=AT, limit=5))
    assert request.url.params.multi_items() == [
        ("is_public", "true"),
        ("tag", "a"),
        ("tag", "b"),
        ("created_after", "2027-01-01T00:00:00+00:00"),
        ("limit", "5"),
    ]
    assert b"%2B00%3A00" in request.url.query or b"%2B00:00" in request.url.query


async def test_a_revision_becomes_an_entity_tag() -> None:
    request = await _sent(lambda c: c.models.update(M, name="x", revision=3))
    assert request.headers["if-match"] == '"3"'
    request = await _sent(lambda c: c.aliases.set(M, "a", "1.0.0", revision="*"))
    assert request.headers["if-match"] == "*"
