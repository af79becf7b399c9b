"""GET /readyz: 200 with the parts, or 503 as a problem with the parts."""

import json

import pytest

from maas.entrypoints.http import create_app, lambda_handler
from maas.services.readiness import Probe, ReadinessService, State
from maas.web.routes.readiness import PUBLIC, readiness_routes
from tests.support.http_gateway import Gateway


def probe(state: State) -> Probe:
    async def found() -> State:
        return state

    return found


def gateway(**states: State) -> Gateway:
    service = ReadinessService({name: probe(state) for name, state in states.items()}, frozenset({"redis"}))
    return Gateway(lambda_handler(create_app(readiness_routes(service), title="test", public=PUBLIC)), by=None)


def test_a_ready_system_answers_200_without_a_credential() -> None:
    reply = gateway(registry=State.UP, redis=State.OFF)("GET", "/readyz")
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    assert [(part["name"], part["state"]) for part in reply.json["parts"]] == [("registry", "up"), ("redis", "off")]
    assert reply.json["ready"] is True
    assert all(set(part) == {"name", "state", "milliseconds"} for part in reply.json["parts"])


@pytest.mark.parametrize("state", [State.DOWN, State.UNKNOWN])
def test_a_part_that_does_not_answer_is_a_503_that_names_it(state: State) -> None:
    reply = gateway(registry=State.UP, queue=state)("GET", "/readyz")
    assert (reply.status, reply.headers["content-type"]) == (503, "application/problem+json")
    assert (reply.json["code"], reply.json["detail"]) == ("unavailable", "these parts do not answer: queue")
    assert reply.json["ready"] is False
    assert reply.headers["retry-after"]
    assert json.loads(reply.text)["parts"][1]["state"] == state


def test_redis_alone_does_not_make_the_service_unready() -> None:
    reply = gateway(registry=State.UP, redis=State.DOWN)("GET", "/readyz")
    assert (reply.status, reply.json["parts"][1]["state"]) == (200, "down")
