"""The demo against a service in memory."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from local.demo.steps import Demo
from local.demo.train import Trained
from maas_client import Client, errors
from maas_client.http.sessions import MemoryStore
from tests.support.client_api import FAST, USER, problem
from tests.support.fake_maas import FakeMaas

TRAINED = Trained(b"\x08\x0a\x12\x00", ["a", "b"], rows=[[1.0], [2.0], [3.0]], answers=[0, 1, 1])
_TOKENS = {"access_token": "token", "expires_in": 900, "refresh_token": "x.r", "refresh_expires_in": 9, "scope": ""}
_FIGURES = {
    "since": "2026-11-29T20:00:00Z",
    "minutes": 5,
    "shared": True,
    "predictions": {
        "calls": 31,
        "errors": {},
        "results": {"hits": 10, "hit_rate": 0.3226},
        "cold_starts": 1,
        "phases": {},
        "queue": None,
    },
    "registry": {"hit_rate": 0.9},
}


class Service:
    """A service with accounts and predictions. `predictions` and `cached` are the answers of predict."""

    def __init__(self, predictions: list[int]) -> None:
        self.predictions, self.cached = predictions, True
        self.failing = ""
        self.maas = FakeMaas(part_size=1024)
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        word = request.url.path.rpartition("/")[2]
        if word == self.failing:
            return problem(409, "wrong_state")
        answers: dict[str, Any] = {"register": USER, "me": USER, "login": {**_TOKENS, "token_type": "Bearer"}}
        if word in answers:
            return httpx2.Response(200, json=answers[word])
        if word == "predict":
            shared = {
                "model_id": "m",
                "version": "1.0.0",
                "duration_ms": 1.0,
                "prediction_id": "p",
                "rollout": None,
                "outputs": {},
                "cached": self.cached,
            }
            return httpx2.Response(200, json={"prediction": self.predictions.pop(0), "class_name": "a", **shared})
        if word == "stats":
            return httpx2.Response(200, json=_FIGURES)
        return self.maas.handle(request.method, str(request.url), request.headers, request.content)


@pytest.fixture
def service() -> Service:
    """A service that agrees with scikit-learn and whose cache works."""
    return Service([*TRAINED.answers, *[TRAINED.answers[0]] * 20])


@pytest.fixture
def demo(service: Service) -> Iterator[Demo]:
    transport = httpx2.MockTransport(service)
    with Client("http://api.test", store=MemoryStore(), transport=transport, retries=FAST) as client:
        yield Demo(client, lambda: TRAINED)


def test_the_demo_succeeds_if_all_predictions_equal_scikit_learn(demo: Demo) -> None:
    assert demo.run()
    assert demo.predictions == TRAINED.answers


def test_one_different_prediction_fails_the_demo(service: Service, demo: Demo) -> None:
    service.predictions[2] = 0

    assert not demo.run()
    assert demo.differences == 1


def test_a_cache_miss_fails_the_demo(service: Service, demo: Demo) -> None:
    service.cached = False

    assert not demo.run()
    assert demo.cache == "miss"


def test_an_error_stops_the_demo_at_its_step(service: Service, demo: Demo) -> None:
    service.failing = "publish"

    with pytest.raises(errors.WrongState):
        demo.run()
    assert demo.log.steps[-1].name == "push"


def test_the_file_is_sent_only_to_the_store_and_without_the_token(service: Service, demo: Demo) -> None:
    demo.run()

    carriers = [request for request in service.requests if TRAINED.onnx in request.content]
    assert [request.url.path.split("/")[1] for request in carriers] == ["store"]
    assert "authorization" not in carriers[0].headers
    version = next(iter(service.maas.versions.values()))
    assert version["metadata"] == {"class_names": ["a", "b"]}
    assert json.loads(service.requests[0].content)["email"] == demo.email


def test_the_last_line_has_the_hit_rates_of_both_caches(demo: Demo) -> None:
    demo.run()
    assert demo.log.steps[-1].what == "cache hits: registry 90%, results 32% of 31 predictions"
