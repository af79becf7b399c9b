"""The seconds of loads that no call waits for."""

import random

import pytest

from maas.adapters.onnx.workers import patience
from maas.adapters.onnx.workers.patience import LOAD_MAX, UNWANTED_MAX, Patience


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.patience = Patience(lambda: self.now)

    def load(self, sha256: str, takes: float, tenant_id: str = "a") -> float:
        """Loads beside another model, without a call that waits. Returns the seconds that it kept the other out."""
        given = self.patience.seconds(sha256, tenant_id)
        spent = min(given, takes, LOAD_MAX)
        self.now += spent
        if spent < min(takes, LOAD_MAX):
            self.patience.interrupted(sha256, tenant_id, given, spent)
        else:
            self.patience.ended(sha256, tenant_id, spent)
        return spent


@pytest.mark.parametrize("takes", [0.1, 3.1, 20.0, 95.0, 119.9])
def test_each_model_is_loaded_in_the_end(takes: float) -> None:
    world = World()
    tries = next(number for number in range(1, 1000) if world.load("x", takes) == takes)
    assert world.now < 10 * LOAD_MAX + tries * UNWANTED_MAX


@pytest.mark.parametrize("tenants", [["a"], ["a", "b", "c"]])
def test_models_that_take_turns_are_all_loaded_in_the_end(tenants: list[str]) -> None:
    world, left = World(), {f"x{number}": 10.0 * number for number in range(1, 12)}
    chosen = random.Random(3)
    for _ in range(2000):
        sha256 = chosen.choice([*left])
        if world.load(sha256, left[sha256], tenants[len(sha256) % len(tenants)]) == left[sha256]:
            del left[sha256]
        if not left:
            return
    raise AssertionError(left)


@pytest.mark.parametrize("files", [1, 50])
def test_an_organization_keeps_half_of_the_time_free_for_others(files: int) -> None:
    """But for the short loads that every model may try: here others take as long as one of these in between."""
    world, long, chosen = World(), 0.0, random.Random(files)
    for _ in range(5000):
        spent = world.load(f"x{chosen.randrange(files)}", takes=10_000)
        long += spent if spent > UNWANTED_MAX else 0.0
        world.now += UNWANTED_MAX
    assert long <= world.now / 2 + LOAD_MAX


def test_the_rest_of_one_organization_is_not_that_of_another() -> None:
    world = World()
    assert [world.load("x", 100) for _ in range(2)] == [UNWANTED_MAX, UNWANTED_MAX]  # it rests in the second one
    assert world.load("x", 100, "b") == 2 * UNWANTED_MAX
    assert world.load("x", 100) == 4 * UNWANTED_MAX


def test_a_load_that_came_to_its_end_begins_anew() -> None:
    world = World()
    while world.load("x", 1000) < LOAD_MAX:
        pass
    world.now += 1000
    assert world.load("x", 1000) == UNWANTED_MAX


def test_few_models_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_REMEMBERED", 2)
    world = World()
    for sha256 in ("x", "y", "z"):
        world.load(sha256, 100)
        world.now += 100
    assert [world.patience.seconds(sha256, "a") for sha256 in ("x", "y", "z")] == [3, 6, 6]
