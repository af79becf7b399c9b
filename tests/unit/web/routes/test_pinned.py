from collections.abc import Mapping
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Principal, Scope
from maas.domain.identity.quotas import Quotas
from maas.domain.inference.pins import Pin
from maas.domain.inference.tensors import Feed
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.inference import InferenceService
from maas.services.pinned import PinnedService
from maas.services.request_limits import RequestLimits
from maas.web.routes import pinned
from tests.fakes.inference import FakeRuntime, artifact_of, larger_column, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import Gateway, person

SCORED = Signature(
    (Tensor("x", "float", (-1, 2)),), (Tensor("label", "int64", (-1,)), Tensor("scores", "float", (-1, 2)))
)
BODY = {"features": [1, 2]}


def scored(feed: Feed) -> Mapping[str, Any]:
    """Returns the larger column, and each number divided by their sum."""
    numbers = [float(each) for each in feed.values[0].elements]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return {**larger_column(feed), "scores": [[a / (a + b), b / (a + b)] for a, b in pairs]}


async def _published(metadata: Mapping[str, Any]) -> tuple[FakeRegistry, str]:
    registry = fake_registry()
    model_id = await model_with_file(registry, person(), metadata, artifact_of(b"scored", SCORED))
    await registry.publish_version(person(), model_id, "1.0.0")
    return registry, model_id


@pytest.fixture
async def published() -> tuple[FakeRegistry, str]:
    return await _published({"class_names": ["left", "right"]})


def nameless(registry: Any, pin: Pin | None, *, requests: int = 0, delay: float = 0) -> Gateway:
    """Returns callers without a credential of a function with this pin."""
    runtime = FakeRuntime(scored, delay)
    service = PinnedService(pin, InferenceService(registry, runtime), runtime) if pin else None
    app = create_app(
        *([pinned.pinned_routes(service)] if service else []),
        title="inference",
        public=pinned.PUBLIC,
        nameless=pinned.callers(service),
        limits=RequestLimits(Quotas(organization=0, user=requests, api_key=0), None),
    )
    return Gateway(lambda_handler(app), by=None)


@pytest.fixture
def call(published: tuple[FakeRegistry, str]) -> Gateway:
    registry, model_id = published
    return nameless(registry, Pin("acme", model_id, "latest"))


def test_a_row_is_answered_with_class_and_probabilities(call: Gateway) -> None:
    reply = call("POST", "/predict", {"features": [1, 3]})

    assert (reply.status, reply.headers["content-type"], reply.headers["x-cache"]) == (200, "application/json", "miss")
    assert reply.json == {
        "prediction": 1,
        "class_name": "right",
        "confidence": 0.75,
        "probabilities": [0.25, 0.75],
        "model_version": "1.0.0",
    }


def test_rows_are_answered_with_lists(call: Gateway) -> None:
    assert call("POST", "/predict", {"features": [[1, 3], [3, 1]]}).json == {
        "predictions": [1, 0],
        "class_names": ["right", "left"],
        "confidences": [0.75, 0.75],
        "probabilities": [[0.25, 0.75], [0.75, 0.25]],
        "model_version": "1.0.0",
    }


def test_health_loads_the_model(call: Gateway) -> None:
    reply = call("GET", "/health")
    assert (reply.status, reply.json) == (200, {"status": "healthy", "model_loaded": True})


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"features": [1]}, "features", "shape"),
        ({"features": ["a", 2]}, "features", "type"),
        ({"features": 5}, "features", "type"),
        ({"features": None}, "features", "not_null"),
        ({}, "features", "required"),
        ({"features": [1, 2], "model": "iris"}, "model", "unknown"),
    ],
)
def test_bad_input_names_field_and_rule(call: Gateway, body: Any, field: str, rule: str) -> None:
    reply = call("POST", "/predict", body)
    assert reply.status == 422
    assert [(each["field"].partition("[")[0], each["rule"]) for each in reply.json["errors"]] == [(field, rule)]


def test_a_pinned_model_that_is_gone_is_unavailable(published: tuple[FakeRegistry, str]) -> None:
    registry, model_id = published
    for pin in (
        Pin("acme", "no such model", "latest"),
        Pin("acme", model_id, "production"),
        Pin("other", model_id, "latest"),
    ):
        call = nameless(registry, pin)
        reply = call("POST", "/predict", BODY)
        assert (reply.status, reply.json["code"]) == (503, "unavailable")
        assert reply.json["detail"] == "the pinned model can't be served now"
        assert call("GET", "/health").json == {"status": "healthy", "model_loaded": False}


def test_health_does_not_wait_for_a_slow_load(published: tuple[FakeRegistry, str]) -> None:
    registry, model_id = published
    call = nameless(registry, Pin("acme", model_id, "latest"), delay=60)
    assert call("GET", "/health").json == {"status": "healthy", "model_loaded": False}


def test_health_survives_a_registry_that_does_not_answer() -> None:
    class Down:
        async def routed_version(self, *_: Any) -> Any:
            raise Unavailable("the registry does not answer; try again")

        get_version = routed_version

    call = nameless(Down(), Pin("acme", "iris", "latest"))
    assert call("GET", "/health").json == {"status": "healthy", "model_loaded": False}
    assert call("POST", "/predict", BODY).status == 503


def test_nameless_callers_share_one_quota(published: tuple[FakeRegistry, str]) -> None:
    registry, model_id = published
    call = nameless(registry, Pin("acme", model_id, "latest"), requests=2)

    replies = [call("POST", "/predict", BODY) for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].json["code"] == "rate_limited"
    assert replies[0].headers["ratelimit-policy"] == '"user";q=2;w=60'
    assert call("GET", "/health").status == 200


def test_a_credential_changes_nothing(published: tuple[FakeRegistry, str]) -> None:
    registry, model_id = published
    call = nameless(registry, Pin("acme", model_id, "latest"))
    call.by = Principal("eve", "other", frozenset(), frozenset({Scope.MODELS_READ}))
    assert call("POST", "/predict", BODY).json["prediction"] == 1


@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("POST", "/predict"), ("PUT", "/predict")])
def test_without_a_pin_the_paths_are_unknown(method: str, path: str) -> None:
    call = nameless(fake_registry(), None)

    reply = call(method, path, BODY if method != "GET" else None)

    assert (reply.status, reply.json["code"], reply.json["detail"]) == (404, "not_found", f"there is no path {path}")
