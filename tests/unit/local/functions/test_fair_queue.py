"""Events that wait for a worker are taken by turns of their callers."""

import asyncio

import pytest

from local.functions.fair_queue import RECENT, Entry, FairQueue, Shares


def entry(name: str) -> Entry:
    return name.encode(), asyncio.get_running_loop().create_future()


def taken(queue: FairQueue) -> list[bytes]:
    """Returns the events of all entries in their turn."""
    found = []
    while each := queue.next():
        found.append(each[1][0])
    return found


async def test_callers_take_turns_and_keep_their_order() -> None:
    queue = FairQueue()
    for name in ("a1", "a2", "a3", "b1", "c1", "b2"):
        queue.add(name[0], entry(name))

    assert taken(queue) == [b"a1", b"b1", b"c1", b"a2", b"b2", b"a3"]
    assert queue.next() is None


async def test_an_entry_is_removed_once() -> None:
    queue, first, second = FairQueue(), entry("a1"), entry("a2")
    queue.add("a", first)
    queue.add("a", second)

    for _ in range(2):
        queue.remove("a", first)
    queue.remove("b", first)

    assert len(queue) == 1
    assert queue.next() == ("a", second)
    assert len(queue) == 0


async def test_who_left_the_queue_has_no_turn() -> None:
    queue, first = FairQueue(), entry("a1")
    queue.add("a", first)
    queue.remove("a", first)
    queue.add("b", entry("b1"))
    queue.add("a", entry("a2"))

    assert taken(queue) == [b"b1", b"a2"]


async def test_a_caller_that_may_not_run_is_passed_over() -> None:
    queue = FairQueue()
    for name in ("a1", "b1", "a2"):
        queue.add(name[0], entry(name))

    found = queue.next(lambda caller: caller == "b")

    assert found is not None
    assert found[1][0] == b"b1"
    assert queue.next(lambda caller: caller == "b") is None
    assert taken(queue) == [b"a1", b"a2"]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_caller_alone_may_keep_all_workers_busy() -> None:
    shares = Shares(4, 2)
    shares.came("a")
    for _ in range(4):
        assert shares.may_run("a")
        shares.began("a")
    assert not shares.may_run("a")


@pytest.mark.parametrize(("workers", "processors", "share"), [(4, 2, 1), (4, 3, 2), (4, 8, 3), (2, 2, 1), (1, 2, 1)])
def test_beside_others_a_caller_has_a_share(workers: int, processors: int, share: int) -> None:
    shares = Shares(workers, processors)
    shares.came("a")
    shares.came("b")
    for _ in range(share):
        assert shares.may_run("a")
        shares.began("a")
    assert not shares.may_run("a")
    assert shares.may_run("b")
    shares.ended("a")
    assert shares.may_run("a")


def test_who_has_not_come_for_a_while_is_no_other() -> None:
    clock = Clock()
    shares = Shares(4, 1, clock)
    shares.came("a")
    shares.came("b")
    shares.began("a")
    assert not shares.may_run("a")
    clock.now += RECENT
    shares.came("a")
    assert shares.may_run("a")


async def test_who_has_most_gives_a_place_to_who_has_less() -> None:
    queue = FairQueue()
    for name in ("a1", "b1", "b2", "b3"):
        queue.add(name[0], entry(name))

    assert [found[0] for _ in range(3) if (found := queue.make_place("c"))] == [b"b3", b"b2"]
    assert queue.make_place("c") is None  # each other one has one
    assert (len(queue), taken(queue)) == (2, [b"a1", b"b1"])


async def test_nobody_gives_a_place_to_who_would_have_as_many() -> None:
    queue = FairQueue()
    assert queue.make_place("a") is None
    for name in ("a1", "b1", "b2"):
        queue.add(name[0], entry(name))

    assert [queue.make_place(caller) for caller in "ab"] == [None, None]
    assert len(queue) == 3
