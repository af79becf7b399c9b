import asyncio
from collections.abc import Iterator
from itertools import repeat

import pytest

from maas.platform.shared_calls import SharedCalls


class OwnError(Exception):
    """An error that says nothing of other callers."""


class World:
    """Calls that end when they are told, and how many ran, and ran at once."""

    def __init__(self) -> None:
        self.calls = SharedCalls[str, int](own=(OwnError,))
        self.runs = self.running = self.most = 0
        self.errors: Iterator[Exception | None] = repeat(None)

    async def _call(self) -> int:
        self.runs += 1
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.01)
        self.running -= 1
        if error := next(self.errors):
            raise error
        return self.runs

    async def ask(self, key: str = "k", seconds: float = 9.0) -> int:
        return await self.calls.join(key, self._call, seconds)


async def test_a_hundred_equal_calls_run_once() -> None:
    world = World()
    assert await asyncio.gather(*(world.ask() for _ in range(100))) == [1] * 100


async def test_other_keys_run_beside_it() -> None:
    world = World()
    await asyncio.gather(world.ask("a"), world.ask("b"))
    assert (world.runs, world.most) == (2, 2)


async def test_after_an_own_error_exactly_one_of_those_that_wait_runs_next() -> None:
    world = World()
    world.errors = iter([OwnError(), OwnError(), OwnError(), None])
    found = await asyncio.gather(*(world.ask() for _ in range(100)), return_exceptions=True)
    assert [isinstance(each, OwnError) for each in found[:3]] == [True] * 3
    assert found[3:] == [4] * 97
    assert (world.runs, world.most) == (4, 1)


async def test_another_error_goes_to_all_and_is_not_kept() -> None:
    world = World()
    world.errors = iter([ValueError("no"), None])
    found = await asyncio.gather(*(world.ask() for _ in range(3)), return_exceptions=True)
    assert [str(each) for each in found] == ["no"] * 3
    assert await world.ask() == 2


@pytest.mark.parametrize("errors", [0, 3])
async def test_the_time_of_one_that_waits_is_its_own(errors: int) -> None:
    """Also over several calls of others."""
    world = World()
    world.errors = iter([*repeat(OwnError(), errors), None])
    others = [asyncio.create_task(world.ask()) for _ in range(errors + 1)]
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await world.ask(seconds=0.01 * errors + 0.005)
    assert await others[-1] == errors + 1


async def test_a_first_caller_that_is_cancelled_ends_no_call() -> None:
    world = World()
    first, *others = [asyncio.create_task(world.ask()) for _ in range(10)]
    await asyncio.sleep(0.001)
    first.cancel()
    assert await asyncio.gather(*others) == [1] * 9
    assert first.cancelled()


async def test_one_that_ran_out_of_time_leaves_its_call_to_the_others() -> None:
    world = World()
    first, second = asyncio.create_task(world.ask(seconds=0.001)), asyncio.create_task(world.ask())
    with pytest.raises(TimeoutError):
        await first
    assert (await second, world.runs) == (1, 1)


async def test_a_call_that_was_overtaken_answers_those_that_wait_for_it() -> None:
    world = World()
    first = asyncio.create_task(world.ask())
    await asyncio.sleep(0)
    world.calls.overtake("k")
    assert [*await asyncio.gather(first, world.ask())] == [2, 2]
    assert (world.runs, world.most) == (2, 2)


async def test_a_call_that_nobody_waits_for_any_more_may_end() -> None:
    world = World()
    world.calls = SharedCalls[str, int](own=(OwnError,), ends_alone=True)
    first, second = asyncio.create_task(world.ask()), asyncio.create_task(world.ask())
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.wait([first])
    assert await second == 1

    third = asyncio.create_task(world.ask())
    await asyncio.sleep(0)
    third.cancel()
    await asyncio.wait([third])
    assert await world.ask() == 3
    assert world.running == 1  # the cancelled one never came to its end


async def test_whoever_asks_in_the_moment_of_an_own_error_calls_anew() -> None:
    """The loop has not yet run the callback of the call that failed. Whoever spins here never lets it."""
    calls = SharedCalls[str, int](own=(OwnError,))
    gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def failing() -> int:
        await gate
        raise OwnError

    async def working() -> int:
        return 7

    async def late() -> int:
        await gate
        return await calls.join("k", working, 9)

    first = asyncio.create_task(calls.join("k", failing, 9))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(late())
    await asyncio.sleep(0)
    gate.set_result(None)
    found = await asyncio.gather(first, second, return_exceptions=True)
    assert isinstance(found[0], OwnError)
    assert found[1] == 7
