"""Sweeps of overdue validations, with faults."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from functions.registry.catalog import overdue
from functions.registry.catalog.overdue import OverdueService, sweep_regularly
from functions.registry.contention import Contention
from functions.registry.events import events_of
from functions.registry.ports import Change, Waiting
from functions.registry.stored import StoredVersion
from maas.domain.catalog.event_types import EventType
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Principal
from maas.domain.uploads.validation import OVERDUE
from maas.platform.request_context import actor_of
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.caches import soon
from tests.support.registry_server import SHA256, make_draft, make_model, make_upload, person


class Store(MemoryRepository):
    """Keeps the changes of each commit. Versions with a number in `broken` can't be read."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[Sequence[Change], Principal]] = []
        self.broken: set[str] = set()
        self.outages = 0

    async def version(self, model_id: str, number: str) -> StoredVersion | None:
        if number in self.broken:
            raise ValueError("a malformed item")
        return await super().version(model_id, number)

    async def waiting(self, *, until: datetime, limit: int) -> list[Waiting]:
        if self.outages:
            self.outages -= 1
            raise Unavailable("the store does not answer")
        return await super().waiting(until=until, limit=limit)

    async def commit(self, *changes: Change, by: Principal) -> None:
        await super().commit(*changes, by=by)
        self.changes.append((changes, by))


@pytest.fixture
async def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with the versions 1.0.0 and 2.0.0 of one model, which are overdue at once."""
    monkeypatch.setattr(overdue, "VALIDATING_MAX", timedelta())
    store = Store()
    registry, by = FakeRegistry(store), person()
    model = await make_model(registry, by)
    for number in ("1.0.0", "2.0.0"):
        await make_draft(registry, by, model, number)
        await registry.complete_upload(by, (await make_upload(registry, by, model, number)).id, SHA256)
    return store


def states(store: Store) -> list[str]:
    return sorted(record.state for record in store._records.values() if isinstance(record, StoredVersion))


async def test_one_record_that_cannot_be_read_does_not_keep_the_others_waiting(store: Store) -> None:
    store.broken = {"1.0.0"}
    await OverdueService(store, Contention()).sweep()
    assert states(store) == [VersionState.FAILED, VersionState.VALIDATING]
    store.broken = set()
    await OverdueService(store, Contention()).sweep()
    assert states(store) == [VersionState.FAILED, VersionState.FAILED]


async def test_an_overdue_version_is_an_event_of_the_validator(store: Store) -> None:
    await OverdueService(store, Contention()).sweep()
    changes, by = store.changes[-1]
    (event,) = events_of(changes, actor_of(by))
    assert (event.type, event.subject) == (EventType.VERSION_STATE_CHANGED, "validator")
    assert event.after
    assert (event.after["state"], event.after["failure"]) == (VersionState.FAILED, OVERDUE)


async def test_sweeps_go_on_after_an_outage(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overdue, "FIRST", 0.01)
    monkeypatch.setattr(overdue, "PERIOD", 0.01)
    store.outages = 2
    task = asyncio.create_task(sweep_regularly(OverdueService(store, Contention())))
    await soon(lambda: VersionState.VALIDATING not in states(store))
    task.cancel()
    assert states(store) == [VersionState.FAILED, VersionState.FAILED]


async def test_two_processes_sweep_at_once(store: Store) -> None:
    await asyncio.gather(*(OverdueService(store, Contention()).sweep() for _ in range(2)))
    assert states(store) == [VersionState.FAILED, VersionState.FAILED]
