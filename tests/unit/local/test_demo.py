"""The demo against a fake service."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from local.demo.client import Api, ProblemError
from local.demo.steps import Demo
from local.demo.train import Trained

TRAINED = Trained(b"\x08\x0a\x12\x00", ["a", "b"], rows=[[1.0], [2.0], [3.0]], answers=[0, 1, 1])
SESSION = {
    "upload_id": "u",
    "part_size": 8,
    "part_count": 1,
    "urls": [{"part_number": 1, "length": 4, "url": "http://s3.test/1", "headers": {}}],
}
ANSWERS = {
    "register": {"email": "a@b.c", "roles": ["admin"]},
    "login": {"access_token": "token", "expires_in": 900},
    "models": {"id": "m"},
    "versions": {"state": "draft"},
    "upload": SESSION,
    "complete": {},
    "publish": {"state": "published"},
    "1.0.0": {"state": "ready", "failure": None},
}


class Service:
    """Responds by the last word of the path. `predictions` and `cache` are the responses of predict."""

    def __init__(self, predictions: list[int], cache: str) -> None:
        self.predictions = predictions
        self.cache = cache
        self.failing = ""
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if request.url.host == "s3.test":
            return httpx2.Response(200, headers={"etag": '"1"'})
        word = request.url.path.rpartition("/")[2]
        if word == self.failing:
            return httpx2.Response(503, json={"code": "unavailable"})
        if word == "predict":
            body: dict[str, Any] = {"prediction": self.predictions.pop(0), "class_name": "a"}
            return httpx2.Response(200, json=body, headers={"x-cache": self.cache})
        return httpx2.Response(200, json=ANSWERS[word])


@pytest.fixture
def service() -> Service:
    """A service that agrees with scikit-learn and whose cache works."""
    return Service([*TRAINED.answers, TRAINED.answers[0]], "hit")


@pytest.fixture
def demo(service: Service) -> Iterator[Demo]:
    with httpx2.Client(transport=httpx2.MockTransport(service)) as http:
        yield Demo(Api("http://api.test", http), lambda: TRAINED, redis=True)


def test_the_demo_succeeds_if_all_predictions_equal_scikit_learn(demo: Demo) -> None:
    assert demo.run()
    assert demo.predictions == TRAINED.answers


def test_one_different_prediction_fails_the_demo(service: Service, demo: Demo) -> None:
    service.predictions[2] = 0

    assert not demo.run()
    assert demo.differences == 1


def test_a_cache_miss_fails_the_demo(service: Service, demo: Demo) -> None:
    service.cache = "miss"

    assert not demo.run()


def test_a_cache_miss_without_redis_is_accepted(service: Service, demo: Demo) -> None:
    service.cache, demo.redis = "miss", False

    assert demo.run()


def test_an_error_stops_the_demo_at_its_step(service: Service, demo: Demo) -> None:
    service.failing = "publish"

    with pytest.raises(ProblemError, match="publish answered 503"):
        demo.run()
    assert demo.log.steps[-1].name == "validate"


def test_the_file_is_sent_only_to_the_store_and_without_the_token(service: Service, demo: Demo) -> None:
    demo.run()

    carriers = [request for request in service.requests if TRAINED.onnx in request.content]
    assert [request.url.host for request in carriers] == ["s3.test"]
    assert "authorization" not in carriers[0].headers
