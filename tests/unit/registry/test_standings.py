"""What the registry knows of its callers: for how long, and what happens if the table does not answer."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from functions.registry.server.interceptors import OPEN
from functions.registry.server.standings import STALE_MAX, TTL, Standings
from maas.domain.errors import Unauthenticated, Unavailable
from maas.domain.identity.principals import Principal, Role, validator
from tests.support.registry_server import person


@dataclass
class FakeDirectory:
    """A table that answers with `role` or `error`, after `gate` is open."""

    role: Role = Role.DEVELOPER
    error: Exception | None = None
    reads: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def current(self, by: Principal) -> Principal:
        self.reads += 1
        await self.gate.wait()
        if self.error:
            raise self.error
        return replace(by, roles=frozenset({self.role}))


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_what_was_read_is_used_for_the_ttl(clock: Clock) -> None:
    directory, by = FakeDirectory(), person()
    standings = Standings(directory, clock)
    for _ in range(5):
        assert (await standings.current(by)).roles == {Role.DEVELOPER}
    assert directory.reads == 1


async def test_a_change_counts_once_the_ttl_is_over(clock: Clock) -> None:
    directory, by = FakeDirectory(), person()
    standings = Standings(directory, clock)
    await standings.current(by)
    directory.role = Role.VIEWER
    clock.now += TTL
    assert (await standings.current(by)).roles == {Role.VIEWER}


async def test_ended_access_is_refused_without_a_read_per_call(clock: Clock) -> None:
    directory, by = FakeDirectory(error=Unauthenticated("gone")), person()
    standings = Standings(directory, clock)
    for _ in range(5):
        with pytest.raises(Unauthenticated, match="gone"):
            await standings.current(by)
    assert directory.reads == 1


async def test_calls_at_once_share_one_read(clock: Clock) -> None:
    directory, by = FakeDirectory(), person()
    directory.gate.clear()
    standings = Standings(directory, clock)
    calls = [asyncio.create_task(standings.current(by)) for _ in range(20)]
    await asyncio.sleep(0)
    directory.gate.set()
    assert {(await call).subject for call in calls} == {by.subject}
    assert directory.reads == 1


async def test_a_cancelled_call_does_not_cancel_the_read_of_others(clock: Clock) -> None:
    directory, by = FakeDirectory(), person()
    directory.gate.clear()
    standings = Standings(directory, clock)
    first, second = (asyncio.create_task(standings.current(by)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    directory.gate.set()
    assert (await second).subject == by.subject


async def test_a_silent_table_is_bridged_for_four_seconds_only(clock: Clock) -> None:
    directory, by = FakeDirectory(), person()
    standings = Standings(directory, clock)
    await standings.current(by)
    directory.error = Unavailable("no answer")
    clock.now += STALE_MAX - 0.1
    assert (await standings.current(by)).roles == {Role.DEVELOPER}
    clock.now += 0.1
    with pytest.raises(Unavailable):
        await standings.current(by)


async def test_a_failed_read_is_repeated_by_the_next_call(clock: Clock) -> None:
    directory, by = FakeDirectory(error=Unavailable("no answer")), person()
    standings = Standings(directory, clock)
    with pytest.raises(Unavailable):
        await standings.current(by)
    directory.error = None
    assert (await standings.current(by)).roles == {Role.DEVELOPER}


@pytest.mark.parametrize("service", [OPEN, validator("acme")])
async def test_our_own_services_have_no_record(service: Principal, clock: Clock) -> None:
    directory = FakeDirectory(error=Unauthenticated("gone"))
    assert await Standings(directory, clock).current(service) == service
    assert directory.reads == 0
