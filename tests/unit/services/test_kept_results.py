import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from maas.domain.catalog.versions import Tensor
from maas.domain.errors import InvalidInput, MaasError, Rule, TimedOut, Unavailable
from maas.domain.inference.outputs import TOO_LONG, Form, Output, Wanted
from maas.domain.inference.results import CACHED_FOR, RESULT_MAX
from maas.services.kept_results import HASHED, SHARED_FROM, KeptResults, Outputs
from tests.fakes.inference import FakeResultCache

WANTED = (Wanted(Tensor("label", "int64", (-1,)), Form.NESTED),)
MODEL = "5e" * 32
ONE: Outputs = {"label": Output.of([1], "int64")}


class World:
    """Results of a process, and a computation that counts its runs."""

    def __init__(self, shared: FakeResultCache | None = None, kept_max: int = 10_000) -> None:
        self.now, self.runs = 1000.0, 0
        self.shared = FakeResultCache() if shared is None else shared
        self.took, self._timer = SHARED_FROM, 0.0  # seconds of a computation
        self.results = KeptResults(self.shared, kept_max=kept_max, clock=lambda: self.now, timer=self._time)

    def _time(self) -> float:
        return self._timer

    def computing(
        self, outputs: Outputs = ONE, error: MaasError | None = None
    ) -> Callable[[], Awaitable[Mapping[str, Output]]]:
        async def compute() -> Outputs:
            self.runs += 1
            self._timer += self.took
            await asyncio.sleep(0.02)
            if error:
                raise error
            return outputs

        return compute

    async def computed(self, key: str = "k", seconds: float = 9.0, **how: Any) -> Outputs:
        return (await self.results.computed(MODEL, key, WANTED, self.computing(**how), seconds)).outputs


async def test_a_computed_result_is_found_without_the_shared_cache() -> None:
    world = World()
    await world.computed()
    world.shared.broken = True
    found = world.results.find(MODEL, "k", WANTED)
    assert found is not None
    assert (found.outputs, found.cached, found.computed_at) == (ONE, True, 1000.0)
    assert world.results.find(MODEL, "other", WANTED) is None


async def test_another_process_finds_the_result_and_its_age() -> None:
    world = World()
    await world.computed()
    found = World(world.shared).results.find(MODEL, "k", WANTED)
    assert found is not None
    assert (found.outputs, found.cached, found.computed_at) == (ONE, True, 1000.0)


async def test_a_result_is_not_used_longer_than_an_hour() -> None:
    world = World()
    await world.computed()
    world.shared.values.clear()  # as Redis does then
    world.now += CACHED_FOR - 0.1
    assert world.results.find(MODEL, "k", WANTED)
    world.now += 0.1
    assert world.results.find(MODEL, "k", WANTED) is None


async def test_a_hundred_equal_calls_compute_once() -> None:
    world = World()
    assert await asyncio.gather(*(world.computed() for _ in range(100))) == [ONE] * 100
    assert world.runs == 1


async def test_an_error_is_never_kept() -> None:
    world, refused = World(), InvalidInput.of("features", Rule.MODEL, "the model can't compute these values")
    with pytest.raises(InvalidInput):
        await world.computed(error=refused)
    assert await world.computed() == ONE
    assert world.runs == 2


@pytest.mark.parametrize("error", [TimedOut(TOO_LONG), Unavailable("the store does not answer")])
async def test_a_call_with_less_time_does_not_end_the_others(error: MaasError) -> None:
    world = World()
    first = asyncio.create_task(world.computed(error=error))
    await asyncio.sleep(0)
    second = asyncio.create_task(world.computed())
    with pytest.raises(type(error)):
        await first
    assert await second == ONE
    assert world.runs == 2


async def test_after_a_computation_that_failed_one_computes_for_all() -> None:
    world = World()
    first = asyncio.create_task(world.computed(error=TimedOut(TOO_LONG)))
    await asyncio.sleep(0)
    found = await asyncio.gather(*(world.computed() for _ in range(99)))
    assert (found, world.runs) == ([ONE] * 99, 2)
    assert isinstance(first.exception(), TimedOut)


async def test_a_call_waits_for_another_one_no_longer_than_its_timeout() -> None:
    world = World()
    first = asyncio.create_task(world.computed())
    await asyncio.sleep(0)
    with pytest.raises(TimedOut):
        await world.computed(seconds=0.001)
    assert await first == ONE
    assert world.runs == 1


async def test_a_cancelled_call_takes_the_result_from_no_other() -> None:
    world = World()
    first, second = asyncio.create_task(world.computed()), asyncio.create_task(world.computed())
    await asyncio.sleep(0)
    first.cancel()
    assert await second == ONE
    assert world.runs == 1


async def test_the_results_used_longest_ago_are_evicted() -> None:
    world = World(kept_max=2000)  # room for three
    world.shared.broken = True
    for key in ("a", "b", "c"):
        await world.computed(key)
    assert world.results.find(MODEL, "a", WANTED)
    await world.computed("d")
    assert [key for key in "abcd" if world.results.find(MODEL, key, WANTED)] == ["a", "c", "d"]


async def test_a_result_that_was_computed_again_counts_once() -> None:
    world = World(kept_max=2000)
    world.shared.broken = True
    await world.computed("a")
    for _ in range(5):
        await world.computed("b")
    assert world.results.find(MODEL, "a", WANTED)


async def test_a_long_result_is_not_kept() -> None:
    world = World(kept_max=10 * RESULT_MAX)
    world.shared.broken = True
    await world.computed(outputs={"label": Output.of([1] * RESULT_MAX, "int64")})
    assert world.results.find(MODEL, "k", WANTED) is None


async def test_what_is_computed_faster_than_the_shared_cache_answers_is_not_shared() -> None:
    world = World()
    world.took = SHARED_FROM * 1.5
    await world.computed("loads the model")
    world.took = SHARED_FROM / 4
    await world.computed("fast")
    assert list(world.shared.values) == ["loads the model"]
    world.shared.values["told by another process"] = world.shared.values["loads the model"]
    assert world.results.find(MODEL, "told by another process", WANTED) is None
    assert world.results.find("of another model", "told by another process", WANTED)


async def test_values_that_take_longer_to_hash_than_to_compute_are_not_worth_keeping() -> None:
    world = World()
    size = int(SHARED_FROM * HASHED)
    assert world.results.pays(MODEL, 10 * size)  # nobody knows yet
    await world.computed()
    assert world.results.pays(MODEL, size)
    assert not world.results.pays(MODEL, size + 1)
    assert world.results.pays("other", 10 * size)


async def test_a_result_that_is_not_kept_tells_how_long_the_model_takes() -> None:
    world = World()
    world.took = 1.0
    found = await world.results.alone(MODEL, world.computing())
    assert (found.outputs, found.cached) == (ONE, False)
    assert world.results.pays(MODEL, HASHED)
    assert not world.results.pays(MODEL, HASHED + 1)
