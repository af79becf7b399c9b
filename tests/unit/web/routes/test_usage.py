"""Quotas and requests of a caller over HTTP, on the registry's own services with a store in memory."""

import asyncio

import pytest

from maas.domain.identity.principals import Principal, Role
from maas.domain.identity.quotas import Quotas
from maas.domain.quotas import Quota, Usage
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.request_limits import RequestLimits
from maas.services.usage import UsageService
from maas.web.routes.models import models_routes
from maas.web.routes.usage import usage_routes
from maas.web.routes.versions import versions_routes
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.http_gateway import Gateway, first_error, person
from tests.support.registry_server import PEOPLE, make_draft, make_model, make_upload

LIMITS = {Quota.MODELS: 1, Quota.VERSIONS: 2}


class _People:
    """An organization with three API keys."""

    knows = PEOPLE.knows

    async def usage(self, tenant_id: str) -> list[Usage]:
        return [Usage(Quota.API_KEYS, 200, 3)]


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(MemoryRepository(LIMITS), _People())


def _api(registry: FakeRegistry, by: Principal | None = None, quotas: Quotas | None = None) -> Gateway:
    limits = RequestLimits(quotas or Quotas(organization=100, user=50, api_key=20), None, clock=lambda: 600.0 + 18)
    routes = usage_routes(UsageService(registry, limits)), models_routes(registry), versions_routes(registry)
    return Gateway(lambda_handler(create_app(*routes, title="models", limits=limits)), by or person())


def _run(call: object) -> None:
    asyncio.get_event_loop().run_until_complete(call)  # type: ignore[arg-type]


async def _upload(registry: FakeRegistry) -> None:
    model = await make_model(registry, person())
    await make_draft(registry, person(), model)
    await make_upload(registry, person(), model, size=77)


def test_each_quota_has_its_limit_and_use(registry: FakeRegistry) -> None:
    _run(_upload(registry))
    answer = _api(registry)("GET", "/api/v1/usage")
    assert answer.status == 200
    assert answer.json["quotas"] == {
        "models": {"limit": 1, "use": 1},
        "versions": {"limit": 2, "use": 1},
        "open_uploads": {"limit": None, "use": 1},
        "stored_bytes": {"limit": None, "use": 77},
        "api_keys": {"limit": 200, "use": 3},
    }


def test_requests_are_those_of_the_caller_in_this_minute(registry: FakeRegistry) -> None:
    api = _api(registry)
    for _ in range(4):
        answer = api("GET", "/api/v1/usage")
    assert answer.json["requests"] == {
        "organization": {"limit": 100, "remaining": 96, "resets_in": 42},
        "user": {"limit": 50, "remaining": 46, "resets_in": 42},
    }


def test_an_api_key_sees_its_own_limit_too(registry: FakeRegistry) -> None:
    key = Principal("ada", "acme", frozenset({Role.MEMBER}), frozenset(), "key/0123456789abcDEF")
    assert _api(registry, key)("GET", "/api/v1/usage").json["requests"]["api_key"]["remaining"] == 19


def test_a_limit_that_is_off_is_left_out(registry: FakeRegistry) -> None:
    off = Quotas(organization=0, user=0, api_key=0)
    assert _api(registry, quotas=off)("GET", "/api/v1/usage").json["requests"] == {}


def test_a_full_quota_is_a_problem_with_its_numbers(registry: FakeRegistry) -> None:
    api = _api(registry)
    assert api("POST", "/api/v1/models", {"name": "a", "framework": "onnx"}).status == 201
    answer = api("POST", "/api/v1/models", {"name": "b", "framework": "onnx"})
    assert (first_error(answer), answer.json["code"]) == ((409, "models", "state"), "quota_exceeded")
    assert (answer.json["quota"], answer.json["limit"], answer.json["use"]) == ("models", 1, 1)
    assert answer.json["detail"] == "the organization has 1 of at most 1 models; delete one that is not needed"


def test_the_route_takes_no_parameters(registry: FakeRegistry) -> None:
    assert first_error(_api(registry)("GET", "/api/v1/usage?tenant=other")) == (422, "tenant", "unknown")
