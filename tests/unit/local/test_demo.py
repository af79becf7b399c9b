"""The demo against a service that answers what each test wants."""

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
    """Answers by the last word of the path; `predictions` and `cache` are what predict says."""

    def __init__(self, predictions: list[int], cache: str) -> None:
        self.predictions = predictions
        self.cache = cache
        self.refuse = ""
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if request.url.host == "s3.test":
            return httpx2.Response(200, headers={"etag": '"1"'})
        word = request.url.path.rpartition("/")[2]
        if word == self.refuse:
            return httpx2.Response(503, json={"code": "unavailable"})
        if word == "predict":
            body: dict[str, Any] = {"prediction": self.predictions.pop(0), "class_name": "a"}
            return httpx2.Response(200, json=body, headers={"x-cache": self.cache})
        return httpx2.Response(200, json=ANSWERS[word])


@pytest.fixture
def service() -> Service:
    """One that agrees with scikit-learn, and whose cache works."""
    return Service([*TRAINED.answers, TRAINED.answers[0]], "hit")


@pytest.fixture
def demo(service: Service) -> Iterator[Demo]:
    with httpx2.Client(transport=httpx2.MockTransport(service)) as http:
        yield Demo(Api("http://api.test", http), lambda: TRAINED, redis=True)


def test_it_is_good_when_every_prediction_is_scikit_learn_s(demo: Demo) -> None:
    assert demo.run()
    assert demo.predictions == TRAINED.answers


def test_one_other_prediction_fails_it(service: Service, demo: Demo) -> None:
    service.predictions[2] = 0

    assert not demo.run()
    assert demo.differences == 1


def test_a_cache_that_does_not_hit_fails_it(service: Service, demo: Demo) -> None:
    service.cache = "miss"

    assert not demo.run()


def test_without_redis_a_miss_is_right(service: Service, demo: Demo) -> None:
    service.cache, demo.redis = "miss", False

    assert demo.run()


def test_a_refusal_stops_it_at_its_step(service: Service, demo: Demo) -> None:
    service.refuse = "publish"

    with pytest.raises(ProblemError, match="publish answered 503"):
        demo.run()
    assert demo.log.steps[-1].name == "validate"


def test_the_file_goes_to_the_store_alone_and_without_the_token(service: Service, demo: Demo) -> None:
    demo.run()

    carriers = [request for request in service.requests if TRAINED.onnx in request.content]
    assert [request.url.host for request in carriers] == ["s3.test"]
    assert "authorization" not in carriers[0].headers
