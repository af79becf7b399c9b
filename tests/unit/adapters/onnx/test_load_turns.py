"""The order of loads that wait for each other."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from maas.adapters.onnx.workers import load_turns
from maas.adapters.onnx.workers.load_turns import LoadTurns


def nothing() -> None:
    return None


class World:
    """Loads that wait while the first turn is held; `order` has the organizations as they had their turns."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.turns, self.order, self.threads = LoadTurns(), list[str](), threads
        self.work: list[Future[None]] = []
        assert self.turns.take("first", nothing) is None

    def wait(self, tenant_id: str) -> None:
        """Lets a load wait behind those before."""
        before = len(self.turns._waiting)
        self.work.append(self.threads.submit(self._load, tenant_id))
        while len(self.turns._waiting) == before:
            time.sleep(0.001)

    def ended(self) -> list[str]:
        self.turns.give_back()
        for each in self.work:
            each.result(30)
        return self.order

    def _load(self, tenant_id: str) -> None:
        assert self.turns.take(tenant_id, nothing) is None
        self.order.append(tenant_id)
        self.turns.give_back()


@pytest.fixture
def world() -> World:
    return World(ThreadPoolExecutor(32))


def test_organizations_take_turns_however_many_loads_each_has(world: World) -> None:
    for tenant_id in ("a", "a", "a", "a", "b", "b", "c"):
        world.wait(tenant_id)
    assert world.ended() == ["a", "b", "c", "a", "b", "a", "a"]


def test_who_had_the_last_turn_is_behind_the_others(world: World) -> None:
    for tenant_id in ("first", "first", "b"):
        world.wait(tenant_id)
    assert world.ended() == ["b", "first", "first"]


def test_a_wait_ends_with_what_it_looks_for(world: World) -> None:
    seen = threading.Event()
    waits = world.threads.submit(world.turns.take, "a", seen.is_set)
    assert not waits.done()
    seen.set()
    assert waits.result(30) is True
    world.wait("b")
    assert world.ended() == ["b"]


def test_a_wait_that_fails_leaves_its_place(world: World) -> None:
    def late() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        world.threads.submit(world.turns.take, "a", late).result(30)
    world.wait("b")
    assert world.ended() == ["b"]


def test_few_organizations_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_turns, "_REMEMBERED", 2)
    turns = LoadTurns()
    for tenant_id in ("a", "b", "c"):
        turns.take(tenant_id, nothing)
        turns.give_back()
    assert list(turns._turns) == ["b", "c"]
