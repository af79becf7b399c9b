"""Predictions that can't be made: each is refused with its field, at once, and leaves no memory behind."""

import base64
import json
import resource
import sys
import time
from typing import Any

import pytest

from maas.entrypoints.http import create_app, lambda_handler
from maas.services.inference import InferenceService
from maas.services.readiness import ReadinessService
from maas.web.routes.inference import inference_routes
from maas.web.routes.open_inference import PUBLIC, open_inference_routes
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import fake_registry
from tests.samples.bad_predictions import CASES, INFER, PREDICT, ROW, Bad, binary, tensor
from tests.support.http_gateway import CONTEXT, event, person

MIB = 1024 * 1024
# Seconds. The benchmark of bad input measures; here nothing may hang on a busy machine.
SOON = 5.0


class World:
    """The routes of predictions for one published model: the larger of two columns."""

    def __init__(self, registry: Any, by: Any, model_id: str) -> None:
        self.by, self.model_id = by, model_id
        service = InferenceService(registry, FakeRuntime(larger_column))
        routes = inference_routes(service), open_inference_routes(service, ReadinessService({}))
        self.handler = lambda_handler(create_app(*routes, title="test", public=PUBLIC))

    def __call__(self, path: str, case: Bad) -> tuple[int, Any]:
        target, headers = case.target(path, self.model_id), case.sent_headers
        answer = self.handler(event("POST", target, body=case.content, headers=headers, by=self.by), CONTEXT)
        text = base64.b64decode(answer["body"]).decode() if answer.get("isBase64Encoded") else answer["body"]
        return answer["statusCode"], json.loads(text)


@pytest.fixture
async def world() -> World:
    registry, by = fake_registry(), person()
    model_id = await model_with_file(registry, by, {})
    await registry.publish_version(by, model_id, "1.0.0")
    return World(registry, by, model_id)


def test_there_are_many_and_the_model_answers_good_ones(world: World) -> None:
    assert len(CASES) >= 60
    assert world(PREDICT, Bad({"features": ROW}))[0] == 200
    assert world(INFER, Bad(tensor()))[0] == 200
    assert world(INFER, binary(b"\0" * 8, 8))[0] == 200


@pytest.mark.parametrize(
    ("path", "case"), [(path, case) for path, _, case in CASES], ids=[name for _, name, _ in CASES]
)
def test_it_is_refused_with_its_reason_and_no_memory_stays(world: World, path: str, case: Bad) -> None:
    before, started = _peak(), time.monotonic()

    status, answer = world(path, case)

    assert 400 <= status < 500, answer
    assert time.monotonic() - started < SOON
    assert _peak() - before < 100 * MIB
    if path == PREDICT:
        assert answer["errors"][0]["field"], answer
    else:
        assert answer["error"], answer
    assert "Traceback" not in json.dumps(answer)


def _peak() -> int:
    """Returns the most bytes that this process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
