"""The four steps in order, out of order, and repeated."""

import json

import pytest

from maas.adapters.signing_keys import FINISH_WITHIN, SigningKeys
from maas.domain.errors import InvalidInput, NotFound, WrongState
from maas.domain.ids import new_id
from maas.security.keyring import OVERLAP
from maas.services.ports.secrets import CURRENT
from maas.services.rotation import RotationService, Step
from tests.fakes.secret_versions import FakeSecretVersions

OLD = "o" * 64
NOW = 1_800_000_000


class World:
    """One secret under rotation at the time `now`."""

    def __init__(self, text: str) -> None:
        self.now = float(NOW)
        self.versions = FakeSecretVersions()
        self.service = RotationService(self.versions, SigningKeys(lambda: self.now))
        self.secret_id = self.versions.create(text)
        self.version = self.versions.announce(self.secret_id)

    def run(self, *steps: Step) -> None:
        for step in steps:
            self.service.run(step, self.secret_id, self.version)

    def text(self) -> str:
        """The text of the current version."""
        stages = self.versions.stages(self.secret_id)
        [current] = [version for version, held in stages.items() if CURRENT in held]
        found = self.versions.text(self.secret_id, current)
        assert found
        return found


@pytest.fixture
def world() -> World:
    return World(json.dumps({"current": OLD}))


def test_four_steps_make_a_new_key_current_beside_the_old_one(world: World) -> None:
    world.run(*Step)
    found = json.loads(world.text())
    assert (found["previous"], found["rotated_at"]) == (OLD, NOW)
    assert found["current"] != OLD


def test_each_step_is_idempotent(world: World) -> None:
    for step in Step:
        world.run(step)
        created = world.versions.text(world.secret_id, world.version)
        world.run(step, *(before for before in Step if before is not Step.FINISH))
        assert world.versions.text(world.secret_id, world.version) == created
    assert world.text() == created


def test_the_old_text_is_current_until_the_last_step(world: World) -> None:
    world.run(Step.CREATE, Step.SET, Step.TEST)
    assert json.loads(world.text()) == {"current": OLD}


@pytest.mark.parametrize("step", [Step.TEST, Step.FINISH])
def test_a_step_before_the_first_reports_the_missing_text(world: World, step: Step) -> None:
    with pytest.raises(InvalidInput, match="has no text yet"):
        world.run(step)


@pytest.mark.parametrize("step", Step)
def test_an_unannounced_version_is_not_found(world: World, step: Step) -> None:
    world.version = new_id()
    with pytest.raises(NotFound, match=world.version):
        world.run(step)


@pytest.mark.parametrize("step", Step)
def test_an_unknown_secret_is_not_found(world: World, step: Step) -> None:
    world.secret_id = "nothing"
    with pytest.raises(NotFound, match="nothing"):
        world.run(step)


@pytest.mark.parametrize("step", Step)
def test_an_old_version_is_rejected(world: World, step: Step) -> None:
    stages = world.versions._stages[world.secret_id]
    stages[world.version] = {"AWSPREVIOUS"}
    with pytest.raises(WrongState, match="is not AWSPENDING"):
        world.run(step)


@pytest.mark.parametrize("step", Step)
def test_a_secret_without_a_current_version_is_rejected(world: World, step: Step) -> None:
    world.versions._stages[world.secret_id] = {world.version: {"AWSPENDING"}}
    with pytest.raises(WrongState, match="no version that is AWSCURRENT"):
        world.run(step)


def test_a_second_rotation_must_wait_for_the_overlap(world: World) -> None:
    world.run(*Step)
    first, world.version, world.now = world.text(), world.versions.announce(world.secret_id), world.now + 60
    with pytest.raises(WrongState, match=f"again in {OVERLAP - 60} s"):
        world.run(Step.CREATE)
    assert world.text() == first
    world.now += OVERLAP
    world.run(*Step)
    assert json.loads(world.text())["previous"] == json.loads(first)["current"]


@pytest.mark.parametrize("text", ["plain text", "{}", json.dumps({"current": "short"})])
def test_a_secret_without_keys_is_rejected_and_not_shown(text: str) -> None:
    world = World(text)
    with pytest.raises(InvalidInput) as error:
        world.run(Step.CREATE)
    assert "plain text" not in str(error.value)


def test_a_new_text_without_the_current_key_is_rejected(world: World) -> None:
    forgetful = {"current": "n" * 64, "previous": "x" * 64, "rotated_at": NOW}
    world.versions.put_pending(world.secret_id, world.version, json.dumps(forgetful))
    for step in (Step.TEST, Step.FINISH):
        with pytest.raises(InvalidInput, match="does not accept"):
            world.run(step)


def test_a_new_text_that_is_too_old_is_rejected(world: World) -> None:
    world.run(Step.CREATE)
    world.now += FINISH_WITHIN + 1
    with pytest.raises(WrongState, match="rotate again"):
        world.run(Step.FINISH)


def test_a_copy_of_the_current_text_is_accepted_by_the_test_step(world: World) -> None:
    """Secrets Manager tests a new schedule with such a copy."""
    world.run(*Step)
    world.now += OVERLAP * 2
    world.version = world.versions.announce(world.secret_id)
    before = world.text()
    world.versions.put_pending(world.secret_id, world.version, before)
    world.run(Step.TEST)
    assert world.text() == before
