"""The time limit of a prediction: the header X-Request-Timeout, and where it begins."""

import asyncio
import json
import time

import pytest

from maas.domain.errors import Unavailable
from tests.fakes.registry import FakeRegistry
from tests.support.http_gateway import CONTEXT, event
from tests.unit.web.routes.test_inference import PREDICT, Api
from tests.unit.web.routes.test_inference import api as api
from tests.unit.web.routes.test_inference import published as published


@pytest.mark.parametrize(
    ("seconds", "status"), [("0", 422), ("-1", 422), ("x", 422), ("1_0", 422), ("0.4", 408), ("2", 200)]
)
def test_a_header_may_limit_the_time(published: tuple[FakeRegistry, str], seconds: str, status: int) -> None:
    api = Api(*published)
    api.runtime.delay = 1
    headers = {"content-type": "application/json", "x-request-timeout": seconds}

    reply = api.call("POST", PREDICT.format(api.model_id), {"features": [1, 2]}, headers=headers)

    assert reply.status == status
    assert status != 422 or reply.json["errors"][0]["field"] == "x-request-timeout"


def test_the_time_counts_from_the_gateway(api: Api) -> None:
    body = json.dumps({"features": [1, 2], "timeout": 1.5}).encode()
    asked = event("POST", PREDICT.format(api.model_id), body=body, headers={}, by=api.call.by)
    asked["requestContext"]["timeEpoch"] = int((time.time() - 2) * 1000)

    answer = api.call.handler(asked, CONTEXT)

    assert (answer["statusCode"], api.runtime.runs) == (408, 0)


def test_a_registry_that_answers_too_late_is_the_timeout_s_end(published: tuple[FakeRegistry, str]) -> None:
    registry, model_id = published
    api = Api(registry, model_id)

    async def late(*_arguments: object) -> None:
        await asyncio.sleep(0.4)
        raise Unavailable("the registry does not answer; try again")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "routed_version", late)
        reply = api.predict(features=[1, 2], timeout=0.4)
        other = api.predict(features=[1, 2], timeout=5)

    assert (reply.status, reply.json["code"]) == (408, "timeout")
    assert (other.status, other.json["code"]) == (503, "unavailable")
