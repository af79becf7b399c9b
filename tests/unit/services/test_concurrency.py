"""Calls that run at once: who gets a slot, who waits and who is refused."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.catalog.versions import Version
from maas.domain.errors import Exhausted, TimedOut
from maas.domain.inference.concurrency import ConcurrencyLimits, Slots
from maas.domain.inference.local_leases import LocalLeases
from maas.platform import trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.services import concurrency
from maas.services.concurrency import LEASED_FROM, CallSlots
from tests.fakes.inference import LARGER_COLUMN_FILE
from tests.support.http_gateway import person
from tests.support.sample_records import VERSION

SLOW = replace(VERSION, artifact=LARGER_COLUMN_FILE, metadata={})


class World:
    def __init__(self, **limits: int) -> None:
        self.now = 0.0
        self.slots = CallSlots(ConcurrencyLimits(**limits), LocalLeases(), timer=lambda: self.now)
        self.by = person()
        self.running = self.most = 0

    async def call(
        self, version: Version = SLOW, *, took: float = 1.0, held: float = 0.05, seconds: float = 9.0, by: Any = None
    ) -> None:
        async with self.slots.taken(by or self.by, version, time.monotonic() + seconds):
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(held)
            self.now += took
            self.running -= 1


async def test_at_most_so_many_run_at_once_and_the_others_wait() -> None:
    world = World(model=2)
    await asyncio.gather(*(world.call() for _ in range(6)))
    assert world.most == 2


async def test_a_fast_model_needs_no_slot() -> None:
    world = World(model=1)
    await world.call(took=LEASED_FROM / 4)
    await asyncio.gather(*(world.call(took=0) for _ in range(5)))
    assert world.most == 5


async def test_a_call_that_waits_too_long_is_told_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "WAIT_MAX", 0.0)
    world = World(organization=1)
    first = asyncio.create_task(world.call())
    await asyncio.sleep(0.01)

    with pytest.raises(Exhausted, match="the organization has 1 predictions under way"):
        await world.call()

    await first
    await world.call()


async def test_the_wait_began_when_the_call_reached_the_gateway() -> None:
    """So one that has waited for a process already keeps it from no other call."""
    world = World(organization=1)
    first = asyncio.create_task(world.call(held=600, seconds=600))
    await asyncio.sleep(0.01)
    waited = CURRENT.set(RequestContext(trace.continued(""), arrived=time.monotonic() - concurrency.WAIT_MAX))
    try:
        with pytest.raises(Exhausted):
            await world.call(seconds=600)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await world.call()
    finally:
        CURRENT.reset(waited)


async def test_the_deadline_ends_the_wait() -> None:
    world = World(version=1)
    first = asyncio.create_task(world.call(held=1))
    await asyncio.sleep(0.01)

    with pytest.raises(TimedOut):
        await world.call(seconds=0.02)

    await first


async def test_a_failed_call_gives_its_slot_back() -> None:
    world = World(version=1)
    with pytest.raises(ValueError, match="broken"):
        async with world.slots.taken(world.by, SLOW, time.monotonic() + 9):
            raise ValueError("broken")
    await world.call()
    assert world.most == 1


@pytest.mark.parametrize(
    ("own", "limit"), [(3, 3), (200, 100), (None, 100), (0, 100), (-1, 100), ("3", 100), (True, 100), (2.0, 100)]
)
def test_a_version_may_lower_its_limit(own: Any, limit: int) -> None:
    version = replace(SLOW, metadata={"max_concurrency": own})
    found = ConcurrencyLimits(version=100).of("a", version)
    assert found == [Slots("version", f"{version.model_id}:{version.version}", limit)]


def test_a_version_has_its_own_limit_where_there_is_no_other() -> None:
    version = replace(SLOW, metadata={"max_concurrency": 3})
    assert [each.limit for each in ConcurrencyLimits().of("a", version)] == [3]


def test_the_slots_of_an_organization_are_the_callers() -> None:
    assert ConcurrencyLimits(organization=5).of("a", SLOW)[0] == Slots("organization", "a", 5)
