"""Every implementation of the EventBus port: EventBridge simulated by moto, and the bus in memory."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from local.servers.ports import free_port
from maas.adapters.aws.event_bus import EventBridgeBus
from maas.domain.errors import Unavailable
from maas.domain.events import OutgoingEvent
from maas.services.ports.messaging import EventBus
from tests.fakes.event_bus import MemoryBus
from tests.support.aws import Aws
from tests.support.subscribers import Subscriber

MODELS = ("a", "b")
TIME = "2026-11-21T09:00:00.123456+00:00"
EVENTS = [
    OutgoingEvent("1", model, "maas.registry", "ModelCreated", TIME, json.dumps({"model_id": model}))
    for model in MODELS
]


@dataclass
class Seen:
    bus: EventBus
    arrived: Callable[[], Sequence[Any]]


@pytest.fixture(params=["memory", "eventbridge"])
def seen(request: pytest.FixtureRequest) -> Seen:
    if request.param == "memory":
        memory = MemoryBus()
        return Seen(memory, lambda: [json.loads(detail) for detail in memory.arrived])
    aws: Aws = request.getfixturevalue("aws")
    name = aws.application.functions["RelayFunction"].environment["MAAS_EVENT_BUS"]
    subscriber = Subscriber(aws.client, name)
    return Seen(EventBridgeBus(name, aws.endpoint), subscriber.details)


def test_events_arrive_in_the_order_of_put(seen: Seen) -> None:
    assert seen.bus.put(EVENTS) == ["", ""]
    assert [detail["model_id"] for detail in seen.arrived()] == [*MODELS]


def test_the_size_of_an_event_is_counted_in_bytes(seen: Seen) -> None:
    short, long = (OutgoingEvent("1", "a", "maas.registry", "T", "", text) for text in ("", "\N{EURO SIGN}" * 10))
    assert seen.bus.size(long) - seen.bus.size(short) == 30


@pytest.mark.parametrize("endpoint", ["unreachable", "no such bus"])
def test_a_failed_put_raises_unavailable_or_returns_reasons(aws: Aws, endpoint: str) -> None:
    url = f"http://127.0.0.1:{free_port()}" if endpoint == "unreachable" else aws.endpoint
    bus = EventBridgeBus("no such bus", url)
    try:
        reasons = bus.put(EVENTS)
    except Unavailable:
        return
    assert all(reasons)


def test_a_rule_receives_the_source_type_and_time_of_an_event(aws: Aws) -> None:
    name = aws.application.functions["RelayFunction"].environment["MAAS_EVENT_BUS"]
    deleted = Subscriber(aws.client, name, {"source": ["maas.registry"], "detail-type": ["ModelDeleted"]})
    created = Subscriber(aws.client, name, {"source": ["maas.registry"], "detail-type": ["ModelCreated"]})
    EventBridgeBus(name, aws.endpoint).put(EVENTS[:1])
    created.receive()
    [event] = created.received
    assert (event["source"], event["detail-type"], event["time"]) == (
        "maas.registry",
        "ModelCreated",
        "2026-11-21T09:00:00Z",
    )
    assert deleted.details() == []
