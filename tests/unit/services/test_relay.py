"""The relay: at least one delivery of each event, order within a model, and retry after a failure."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from maas.domain.events import OutgoingEvent
from maas.domain.removals import Removal
from maas.services.relay import RelayService
from tests.fakes.event_bus import MemoryBus
from tests.fakes.removal_queue import FakeRemovalQueue


def events(*names: str, detail: str = "") -> list[OutgoingEvent]:
    """Makes events from names such as a1, the first event of model a. Each has a record of its own."""
    return [
        OutgoingEvent(f"position {name}", name[0], "maas.registry", "ModelUpdated", "", name + detail) for name in names
    ]


def deletions(*names: str) -> list[OutgoingEvent]:
    """The same, of models that are deleted."""
    return [
        replace(event, type="ModelDeleted", removal=Removal(tenant_id="acme", model_id=event.line, since=0))
        for event in events(*names)
    ]


def test_without_events_nothing_is_put() -> None:
    bus = MemoryBus()
    assert RelayService(bus, FakeRemovalQueue()).deliver([]) is None
    assert bus.calls == []


def test_all_events_arrive_in_order() -> None:
    bus, names = MemoryBus(), ["a1", "b1", "a2", "c1", "b2", "b3"]
    assert RelayService(bus, FakeRemovalQueue()).deliver(events(*names)) is None
    assert bus.arrived == names


@pytest.mark.parametrize("names", [["a1", "a2", "a3"], ["a1", "b1", "b2", "a2"]])
def test_no_call_has_two_events_of_one_model(names: Sequence[str]) -> None:
    bus = MemoryBus()
    RelayService(bus, FakeRemovalQueue()).deliver(events(*names))
    assert all(len({event.line for event in call}) == len(call) for call in bus.calls)
    assert bus.arrived == names


def test_a_call_has_at_most_batch_max_events() -> None:
    bus = MemoryBus()
    RelayService(bus, FakeRemovalQueue()).deliver(events(*(f"{chr(97 + number)}1" for number in range(23))))
    assert [len(call) for call in bus.calls] == [10, 10, 3]


def test_a_call_has_at_most_size_max_bytes() -> None:
    bus = MemoryBus()
    RelayService(bus, FakeRemovalQueue()).deliver(events("a1", "b1", "c1", detail="x" * 100_000))
    assert [len(call) for call in bus.calls] == [2, 1]


def test_delivery_stops_after_a_rejected_event() -> None:
    bus = MemoryBus()
    bus.refused = {"b1"}
    assert RelayService(bus, FakeRemovalQueue()).deliver(events("a1", "a2", "b1", "c1", "b2", "a3")) == "position b1"
    assert bus.arrived == ["a1", "a2", "c1"]


def test_the_first_rejected_event_is_returned() -> None:
    bus = MemoryBus()
    bus.refused = {"b1", "c1"}
    assert RelayService(bus, FakeRemovalQueue()).deliver(events("a1", "b1", "c1")) == "position b1"


def test_an_unavailable_bus_fails_at_its_first_event() -> None:
    bus = MemoryBus()
    bus.silent = True
    assert RelayService(bus, FakeRemovalQueue()).deliver(events("a1", "b1", "a2")) == "position a1"


def test_retried_deliveries_keep_each_models_order() -> None:
    bus, names = MemoryBus(), ["a1", "b1", "a2", "c1", "b2", "b3", "a3"]
    bus.refused = {"b1"}
    left = events(*names)
    position = RelayService(bus, FakeRemovalQueue()).deliver(left)
    bus.refused = set()
    first = next(index for index, event in enumerate(left) if event.position == position)
    RelayService(bus, FakeRemovalQueue()).deliver(left[first:])
    for model in "abc":
        seen = dict.fromkeys(detail for detail in bus.arrived if detail[0] == model)
        assert [*seen] == [name for name in names if name[0] == model]


def test_a_removal_is_queued_once_its_event_is_on_the_bus() -> None:
    bus, queue = MemoryBus(), FakeRemovalQueue()
    assert RelayService(bus, queue).deliver([*events("a1"), *deletions("b1", "a2")]) is None
    assert [removal.model_id for removal in queue.sent] == ["b", "a"]


def test_a_removal_waits_for_an_event_that_is_late() -> None:
    bus, queue = MemoryBus(), FakeRemovalQueue()
    bus.refused = {"b1"}
    assert RelayService(bus, queue).deliver(deletions("a1", "b1", "c1")) == "position b1"
    assert [removal.model_id for removal in queue.sent] == ["a"]


def test_an_event_whose_removal_is_not_queued_comes_again() -> None:
    bus, queue = MemoryBus(), FakeRemovalQueue()
    queue.down = True
    left = [*events("a1"), *deletions("b1", "c1"), *events("c2")]
    assert RelayService(bus, queue).deliver(left) == "position b1"
    queue.down = False
    assert RelayService(bus, queue).deliver(left[1:]) is None
    assert [removal.model_id for removal in queue.sent] == ["b", "c"]
    assert bus.arrived == ["a1", "b1", "c1", "b1", "c1", "c2"]
