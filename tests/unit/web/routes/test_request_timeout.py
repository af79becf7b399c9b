"""The time limit of a prediction: the header X-Request-Timeout, and where it begins."""

import json
import time

import pytest

from tests.fakes.registry import FakeRegistry
from tests.support.http_gateway import CONTEXT, event
from tests.unit.web.routes.test_inference import PREDICT, Api
from tests.unit.web.routes.test_inference import api as api
from tests.unit.web.routes.test_inference import published as published


@pytest.mark.parametrize(("seconds", "status"), [("0", 422), ("-1", 422), ("x", 422), ("0.4", 408), ("2", 200)])
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
