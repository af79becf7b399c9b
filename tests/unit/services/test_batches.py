"""Calls that are run as one: their answers are those of single runs, or they are not run as one."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput, Rule, TimedOut
from maas.domain.inference.batching import Batching, batching_of
from maas.domain.inference.outputs import Form, Output, Wanted
from maas.domain.inference.packing import unpacked
from maas.domain.inference.tensors import Feed, bind
from maas.services.batches import PROOFS, Batches
from tests.fakes.inference import FakeRuntime, artifact_of

SIGNATURE = Signature(
    (Tensor("x", "float", (-1, 2)),), (Tensor("sum", "float", (-1,)), Tensor("text", "string", (-1,)))
)
ARTIFACT = artifact_of(b"sums", SIGNATURE)
WANTED = [Wanted(tensor, Form.RAW) for tensor in SIGNATURE.outputs]
BATCHING = Batching(8, 0.02)


def sums(feed: Feed) -> Mapping[str, Any]:
    numbers = feed.values[0].elements
    found = [a + b for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
    return {"sum": found, "text": [f"={each:g}" for each in found]}


class World:
    def __init__(self, compute: Any = sums, batching: Batching | None = BATCHING) -> None:
        self.runtime = FakeRuntime(compute)
        self.batches, self.batching = Batches(self.runtime), batching

    async def call(self, *rows: list[float], seconds: float = 9, wanted: Any = WANTED) -> Any:
        feed = bind(SIGNATURE, [*rows])
        found = await self.batches.run(ARTIFACT, feed, seconds, wanted, self.batching)
        return plain(found)

    async def round(self, count: int) -> list[Any]:
        return await asyncio.gather(*(self.call([place, 1]) for place in range(count)))


def plain(outputs: Mapping[str, Output]) -> dict[str, Any]:
    return {name: (output.shape, unpacked(output.dtype, output.content)) for name, output in outputs.items()}


def answer(*numbers: float) -> dict[str, Any]:
    shape = (len(numbers),)
    return {"sum": (shape, numbers), "text": (shape, tuple(f"={each:g}" for each in numbers))}


async def test_calls_at_once_are_one_run_once_it_is_proven() -> None:
    world = World()
    for _ in range(PROOFS):
        assert await world.round(3) == [answer(1), answer(2), answer(3)]
    assert world.runtime.runs == PROOFS * 4  # together, and one by one

    assert await world.round(3) == [answer(1), answer(2), answer(3)]

    assert world.runtime.runs == PROOFS * 4 + 1


async def test_calls_of_several_rows_get_their_own() -> None:
    world = World()
    for _ in range(PROOFS + 1):
        calls = [world.call([1, 1], [2, 2]), world.call([3, 3]), world.call([4, 4], [5, 5])]
        assert await asyncio.gather(*calls) == [answer(2, 4), answer(6), answer(8, 10)]


async def test_another_number_of_rows_is_proven_again() -> None:
    world = World()
    for _ in range(PROOFS):
        await world.round(3)
    runs = world.runtime.runs

    await world.round(4)

    assert world.runtime.runs == runs + 5


async def test_a_model_with_other_bits_in_a_batch_is_not_batched() -> None:
    def other(feed: Feed) -> Mapping[str, Any]:
        found = sums(feed)
        return {**found, "sum": [each + (len(found["sum"]) > 1) for each in found["sum"]]}

    world = World(other)
    assert await world.round(3) == [answer(1), answer(2), answer(3)]
    runs = world.runtime.runs

    assert await world.round(3) == [answer(1), answer(2), answer(3)]
    assert world.runtime.runs == runs + 3


async def test_a_full_batch_does_not_wait_for_the_window() -> None:
    world = World(batching=Batching(2, 60))
    async with asyncio.timeout(5):
        assert await world.round(4) == [answer(1), answer(2), answer(3), answer(4)]


async def test_a_single_call_is_run_alone_after_the_window() -> None:
    world = World()
    assert await world.call([1, 2]) == answer(3)
    assert world.runtime.runs == 1


async def test_an_error_of_one_call_is_not_the_others() -> None:
    def fails(feed: Feed) -> Mapping[str, Any]:
        if 13 in feed.values[0].elements:
            raise InvalidInput.of("inputs", Rule.MODEL, "unlucky")
        return sums(feed)

    world = World(fails)
    found = await asyncio.gather(world.call([1, 1]), world.call([13, 1]), world.call([2, 2]), return_exceptions=True)

    assert [found[0], found[2]] == [answer(2), answer(4)]
    assert isinstance(found[1], InvalidInput)


async def test_a_caller_that_goes_away_takes_nothing_with_it() -> None:
    world = World()
    calls = [asyncio.create_task(world.call([place, 1])) for place in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    found = await asyncio.gather(*calls, return_exceptions=True)

    assert [found[0], found[2]] == [answer(1), answer(3)]
    assert isinstance(found[1], asyncio.CancelledError)


async def test_a_deadline_within_the_window_holds() -> None:
    world = World(batching=Batching(8, 60))
    with pytest.raises(TimedOut):
        await world.call([1, 1], seconds=0.02)


@pytest.mark.parametrize(
    "signature",
    [
        Signature((Tensor("x", "float", (1, 2)),), SIGNATURE.outputs),
        Signature(SIGNATURE.inputs, (Tensor("sum", "float", (1,)), Tensor("text", "string", (-1,)))),
    ],
)
async def test_a_fixed_first_dimension_is_not_batched(signature: Signature) -> None:
    runtime = FakeRuntime(sums)
    batches, artifact = Batches(runtime), artifact_of(b"fixed", signature)
    wanted = [Wanted(tensor, Form.RAW) for tensor in signature.outputs]
    feed = bind(signature, [[1, 2]])

    await asyncio.gather(*(batches.run(artifact, feed, 9, wanted, Batching(8, 60)) for _ in range(3)))

    assert runtime.runs == 3


async def test_json_is_not_batched() -> None:
    world = World(batching=Batching(8, 60))
    wanted = [Wanted(SIGNATURE.outputs[0], Form.NESTED)]
    feed = bind(SIGNATURE, [[1, 2]])

    found = await world.batches.run(ARTIFACT, feed, 9, wanted, world.batching)

    assert found["sum"].content == b"[3.0]"


async def test_without_batching_each_call_runs_at_once() -> None:
    world = World(batching=None)
    await world.round(3)
    assert world.runtime.runs == 3


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"batching": {"max_size": 32, "window_ms": 5}}, Batching(32, 0.005)),
        ({"batching": {"max_size": 2, "window_ms": 0.5}}, Batching(2, 0.0005)),
        ({}, None),
        ({"batching": True}, None),
        ({"batching": {"max_size": 32}}, None),
        ({"batching": {"max_size": 1, "window_ms": 5}}, None),
        ({"batching": {"max_size": 1025, "window_ms": 5}}, None),
        ({"batching": {"max_size": "32", "window_ms": 5}}, None),
        ({"batching": {"max_size": 32, "window_ms": 0}}, None),
        ({"batching": {"max_size": 32, "window_ms": 101}}, None),
        ({"batching": {"max_size": 32, "window_ms": True}}, None),
    ],
)
def test_the_metadata_of_a_version_turns_it_on(metadata: dict[str, Any], expected: Batching | None) -> None:
    assert batching_of(metadata) == expected
