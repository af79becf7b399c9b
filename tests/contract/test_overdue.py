"""Validations that did not end in time, on every store of the registry."""

from datetime import timedelta

import pytest

from functions.registry.catalog import overdue
from functions.registry.catalog.overdue import OverdueService
from functions.registry.contention import Contention
from functions.registry.ports import Repository, Waiting
from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import Version, VersionState
from maas.domain.clock import now
from maas.domain.errors import WrongState
from maas.domain.identity.principals import Principal, validator
from maas.domain.uploads.sessions import Upload
from maas.domain.uploads.validation import OVERDUE, VALIDATING_MAX
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import SHA256, artifact, make_draft, make_model, make_upload, person

LATE = VALIDATING_MAX + timedelta(seconds=10)


class World:
    """A registry with one model, and sweeps at a time of the test's choice."""

    def __init__(self, store: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.registry = FakeRegistry(store)
        self.by: Principal = person()
        self._monkeypatch = monkeypatch

    async def start(self) -> None:
        self.model: Model = await make_model(self.registry, self.by)

    async def validating(self, number: str = "1.0.0") -> Upload:
        """Completes an upload for a version; creates the version if it is new."""
        if number not in [v.version for v in await self.store.versions(self.model.id, limit=10)]:
            await make_draft(self.registry, self.by, self.model, number)
        upload = await make_upload(self.registry, self.by, self.model, number)
        return await self.registry.complete_upload(self.by, upload.id, SHA256)

    async def sweep(self, after: timedelta) -> None:
        self._monkeypatch.setattr(overdue, "now", lambda: now() + after)
        await OverdueService(self.store, Contention()).sweep()

    async def version(self, number: str = "1.0.0") -> Version:
        return await self.registry.get_version(self.by, self.model.id, number)

    async def notes(self) -> list[Waiting]:
        """The notes of this model; a store may have those of other tests."""
        found = await self.store.waiting(until=now() + LATE, limit=1000)
        return [note for note in found if note.model_id == self.model.id]


@pytest.fixture
async def world(store: Repository, monkeypatch: pytest.MonkeyPatch) -> World:
    found = World(store, monkeypatch)
    await found.start()
    return found


async def test_a_version_that_validates_too_long_fails_with_the_reason(world: World) -> None:
    upload = await world.validating()
    await world.sweep(LATE)
    version = await world.version()
    assert (version.state, version.failure) == (VersionState.FAILED, OVERDUE)
    assert version.failure == "the file was not checked within 4 hours; upload it again"
    assert await world.notes() == []
    with pytest.raises(WrongState):
        await world.registry.record_validation(validator(world.by.tenant_id), upload.id, artifact(upload))


async def test_a_version_within_its_time_keeps_validating(world: World) -> None:
    await world.validating()
    await world.sweep(VALIDATING_MAX - timedelta(minutes=1))
    assert (await world.version()).state is VersionState.VALIDATING
    assert len(await world.notes()) == 1


async def test_a_version_that_went_on_in_time_is_left_alone(world: World) -> None:
    upload = await world.validating()
    ready = await world.registry.record_validation(validator(world.by.tenant_id), upload.id, artifact(upload))
    await world.sweep(LATE)
    assert await world.version() == ready
    assert await world.notes() == []


async def test_an_overdue_version_can_be_uploaded_again(world: World) -> None:
    await world.validating()
    await world.sweep(LATE)
    second = await world.validating()
    await world.sweep(VALIDATING_MAX - timedelta(minutes=1))
    await world.registry.record_validation(validator(world.by.tenant_id), second.id, artifact(second))
    assert (await world.version()).state is VersionState.READY


async def test_the_note_of_an_earlier_upload_fails_no_later_one(world: World) -> None:
    first = await world.validating()
    (old,) = await world.notes()
    await world.registry.record_validation(validator(world.by.tenant_id), first.id, "it is not ONNX")
    await world.validating()
    (new,) = [note for note in await world.notes() if note != old]
    await world.store.forget(new)
    await world.sweep(LATE)
    assert (await world.version()).state is VersionState.VALIDATING


async def test_every_overdue_version_fails_in_one_sweep(world: World) -> None:
    numbers = [f"1.0.{patch}" for patch in range(5)]
    for number in numbers:
        await world.validating(number)
    await world.sweep(LATE)
    assert {(await world.version(number)).state for number in numbers} == {VersionState.FAILED}
    assert await world.notes() == []


async def test_a_deleted_model_leaves_no_note(world: World) -> None:
    await world.validating()
    await world.registry.delete_model(world.by, world.model.id)
    await world.sweep(LATE)
    assert await world.notes() == []


async def test_a_change_while_validating_extends_nothing(world: World) -> None:
    upload = await world.validating()
    before = await world.notes()
    await world.registry.complete_upload(world.by, upload.id, SHA256)
    assert (await world.notes(), len(before)) == (before, 1)
