"""Events that wait for a worker are taken by turns of their callers."""

import asyncio

import pytest

from local.functions.fair_queue import Entry, FairQueue


def entry(name: str) -> Entry:
    return name.encode(), asyncio.get_running_loop().create_future()


async def test_callers_take_turns_and_keep_their_order() -> None:
    queue = FairQueue()
    for name in ("a1", "a2", "a3", "b1", "c1", "b2"):
        queue.add(name[0], entry(name))

    assert [queue.next()[0] for _ in range(len(queue))] == [b"a1", b"b1", b"c1", b"a2", b"b2", b"a3"]
    with pytest.raises(KeyError):
        queue.next()


async def test_an_entry_is_removed_once() -> None:
    queue, first, second = FairQueue(), entry("a1"), entry("a2")
    queue.add("a", first)
    queue.add("a", second)

    for _ in range(2):
        queue.remove("a", first)
    queue.remove("b", first)

    assert len(queue) == 1
    assert queue.next() is second
    assert len(queue) == 0


async def test_who_left_the_queue_has_no_turn() -> None:
    queue, first = FairQueue(), entry("a1")
    queue.add("a", first)
    queue.remove("a", first)
    queue.add("b", entry("b1"))
    queue.add("a", entry("a2"))

    assert [queue.next()[0] for _ in range(2)] == [b"b1", b"a2"]
