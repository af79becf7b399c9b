"""Validations that an outage postpones, and those that are given up because their process ends each time."""

from collections.abc import Sequence

import pytest

from functions.registry.stored import StoredVersion
from maas.domain.catalog.versions import Artifact, VersionState
from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Principal
from maas.domain.uploads.version_files import Finding
from maas.services.validation import ATTEMPTS, NO_RESULT, POSTPONED, GaveUp
from tests.fakes.registry import FakeRegistry
from tests.support.validation_world import CONTENT, World, validation_world


@pytest.fixture
async def world() -> World:
    return await validation_world()


@pytest.mark.parametrize("receives", [1, ATTEMPTS])
async def test_an_unavailable_system_postpones_the_check(world: World, receives: int) -> None:
    upload = await world.uploaded()
    world.inspector.down = True
    await world.check(upload, receives)
    assert (await world.version()).state is VersionState.VALIDATING
    assert (world.queue.sent, world.queue.delays) == ([(upload.id, upload.tenant_id)], [POSTPONED])
    world.inspector.down = False
    await world.check(upload)
    assert (await world.version()).state is VersionState.READY


async def test_an_outage_never_uses_up_the_attempts(world: World) -> None:
    upload = await world.uploaded()
    world.inspector.down = True
    for sent in range(1, 10 * ATTEMPTS):
        await world.check(upload)  # each time a new message, which was delivered once
        assert len(world.queue.sent) == sent
    assert (await world.version()).state is VersionState.VALIDATING


async def test_a_slow_store_postpones_the_check(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maas.services.validation.FETCH_SECONDS", 0.0)
    await world.check(await world.uploaded())
    assert len(world.queue.sent) == 1
    assert world.inspector.inspections == 0


async def test_the_message_is_kept_if_the_queue_is_unavailable_too(world: World) -> None:
    upload = await world.uploaded()
    world.inspector.down = world.queue.down = True
    with pytest.raises(Unavailable):
        await world.check(upload)
    assert (await world.version()).state is VersionState.VALIDATING


async def test_the_last_attempt_is_still_a_check(world: World) -> None:
    await world.check(await world.uploaded(), ATTEMPTS)
    assert (await world.version()).state is VersionState.READY


async def test_a_file_whose_checks_never_end_fails_unopened(world: World) -> None:
    upload = await world.uploaded()
    with pytest.raises(GaveUp, match=upload.id):
        await world.check(upload, ATTEMPTS + 1)
    version = await world.version()
    assert (version.state, version.failure) == (VersionState.FAILED, NO_RESULT)
    assert "3 attempts ended without a result" in version.failure
    assert world.inspector.inspections == 0


@pytest.mark.parametrize("recorded", [True, False])
async def test_a_message_given_up_is_a_dead_letter_also_if_the_answer_is_lost(world: World, *, recorded: bool) -> None:
    upload = await world.uploaded()

    class Down(FakeRegistry):
        async def record_validation(
            self, by: Principal, upload_id: str, outcome: Artifact | str, findings: Sequence[Finding] = ()
        ) -> StoredVersion:
            if recorded:
                await super().record_validation(by, upload_id, outcome, findings)
            raise Unavailable("the registry does not answer")

    world.registry = Down(world.registry._repository)
    with pytest.raises(Unavailable):
        await world.check(upload, ATTEMPTS + 1)
    assert world.queue.sent == []
    assert (await world.version()).state is (VersionState.FAILED if recorded else VersionState.VALIDATING)


async def test_a_copy_of_a_message_given_up_is_no_dead_letter(world: World) -> None:
    upload = await world.uploaded()
    with pytest.raises(GaveUp):
        await world.check(upload, ATTEMPTS + 1)
    await world.check(upload)
    await world.check(upload, ATTEMPTS + 1)
    assert (world.inspector.inspections, (await world.version()).failure) == (0, NO_RESULT)


async def test_a_check_that_passed_is_never_given_up(world: World) -> None:
    upload = await world.uploaded()
    await world.check(upload)
    await world.check(upload, ATTEMPTS + 1)
    assert (await world.version()).state is VersionState.READY
    assert world.objects.objects == {upload.storage_key: CONTENT}


async def test_an_upload_that_was_followed_by_another_is_not_given_up(world: World) -> None:
    first = await world.uploaded()
    with pytest.raises(GaveUp):
        await world.check(first, ATTEMPTS + 1)
    await world.uploaded()
    await world.check(first, ATTEMPTS + 1)
    assert (await world.version()).state is VersionState.VALIDATING
