"""The route of warm-ups: its time limit, and the headers of its answers."""

import pytest

from maas.entrypoints.http import create_app, lambda_handler
from maas.services.call_statistics import CallStatistics
from maas.services.inference import InferenceService
from maas.services.warming import WarmingService
from maas.web.presenters.warming import sample_question
from maas.web.routes.warming import warming_routes
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import Gateway, person


class Api:
    """The route over fakes, and the path of a published version with two samples."""

    def __init__(self, registry: FakeRegistry, model_id: str) -> None:
        self.runtime = FakeRuntime(larger_column)
        predictions = InferenceService(registry, self.runtime)
        routes = warming_routes(WarmingService(registry, self.runtime, predictions, sample_question))
        self.call = Gateway(lambda_handler(create_app(routes, title="inference", statistics=CallStatistics([]))))
        self.path = f"/api/v1/models/{model_id}/versions/1.0.0/warm"


@pytest.fixture
async def published() -> tuple[FakeRegistry, str]:
    registry = fake_registry()
    model_id = await model_with_file(registry, person(), {"warm_up": [{"features": [1, 2]}, {"inputs": [1]}]})
    await registry.publish_version(person(), model_id, "1.0.0")
    return registry, model_id


@pytest.fixture
def api(published: tuple[FakeRegistry, str]) -> Api:
    return Api(*published)


@pytest.mark.parametrize(
    ("seconds", "status"), [("0", 422), ("-1", 422), ("30", 422), ("1_0", 422), ("0.4", 408), ("9", 200)]
)
def test_a_header_may_limit_the_time(api: Api, seconds: str, status: int) -> None:
    api.runtime.delay = 1
    reply = api.call("POST", api.path, headers={"x-request-timeout": seconds})
    assert reply.status == status
    assert status != 422 or reply.json["errors"][0]["field"] == "x-request-timeout"


def test_a_bad_sample_ends_nothing(api: Api) -> None:
    reply = api.call("POST", api.path)
    assert (reply.status, reply.json["samples"]) == (200, 2)
    assert reply.json["refused_samples"] == {"1": "inputs: must be an object"}


def test_errors_have_times_too(api: Api) -> None:
    for reply in (api.call("POST", api.path), api.call("POST", api.path, {"features": 1})):
        assert "total;dur=" in reply.headers["server-timing"]
        assert reply.headers["x-cold-start"] in ("true", "false")
    assert reply.status == 422
