"""Models and versions over HTTP, on the registry's own services with a store in memory."""

import pytest

from maas.entrypoints.http import create_app, lambda_handler
from maas.web.routes.models import models_routes
from maas.web.routes.versions import versions_routes
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import Gateway
from tests.unit.web.routes.requests import IRIS


@pytest.fixture
def registry() -> FakeRegistry:
    return fake_registry()


@pytest.fixture
def api(registry: FakeRegistry) -> Gateway:
    return Gateway(lambda_handler(create_app(models_routes(registry), versions_routes(registry), title="models")))


@pytest.fixture
def iris(api: Gateway) -> str:
    made = api("POST", "/api/v1/models", IRIS)
    assert made.status == 201
    return f"/api/v1/models/{made.json['id']}"


@pytest.fixture
def versions(api: Gateway) -> str:
    return f"/api/v1/models/{api('POST', '/api/v1/models', {'name': 'Iris', 'framework': 'onnx'}).json['id']}/versions"
