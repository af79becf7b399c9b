"""Warm-ups, over the registry's own services with a store in memory."""

import asyncio
from typing import Any

import pytest

from maas.domain.catalog.version_settings import SAMPLES_MAX
from maas.domain.errors import NotFound, TimedOut, Unavailable, WrongState
from maas.domain.monitoring.predictions import Predicted
from maas.platform import trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.platform.timings import begun
from maas.services.inference import InferenceService
from maas.services.warming import Warmed, WarmingService
from maas.web.presenters.warming import sample_question
from tests.fakes.inference import LARGER_COLUMN_FILE, FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import person


class Seen:
    """A watcher that keeps what it sees."""

    def __init__(self) -> None:
        self.found: list[Predicted] = []

    def predicted(self, made: Predicted) -> None:
        self.found.append(made)


class World:
    def __init__(self, delay: float = 0) -> None:
        self.registry, self.runtime = fake_registry(), FakeRuntime(larger_column, delay)
        self.seen = Seen()
        predictions = InferenceService(self.registry, self.runtime, watchers=[self.seen])
        self.warming = WarmingService(self.registry, self.runtime, predictions, sample_question)

    async def warm(self, metadata: Any, ref: str = "latest", seconds: float = 9, *, publish: bool = True) -> Warmed:
        model_id = await model_with_file(self.registry, person(), {})
        await self.registry.store_metadata(person(), model_id, metadata)
        if publish:
            await self.registry.publish_version(person(), model_id, "1.0.0")
        return await self.warming.warm(person(), model_id, ref, seconds)


async def test_a_version_is_loaded_without_any_run() -> None:
    world = World()
    found = await world.warm({})
    assert (found.version.version, found.samples, found.refused) == ("1.0.0", 0, {})
    assert (world.runtime.loaded, world.runtime.runs) == ({LARGER_COLUMN_FILE.sha256}, 0)


async def test_samples_are_run_each_time_and_bad_ones_end_nothing() -> None:
    world = World()
    samples = [
        {"features": [[1, 2]]},
        {"inputs": {"x": [[1, 2], [3, 4]]}},
        {"features": [[1]]},
        {"features": [[1, 2]], "inputs": {}},
        {"timeout": 5},
        "text",
        None,
    ]
    found = await world.warm({"warm_up": samples})
    assert (found.samples, world.runtime.runs) == (7, 2)
    assert [*found.refused] == [2, 3, 4, 5, 6]
    assert "features" in found.refused[2]
    assert found.refused[4] == "timeout: is not a field of a sample"
    assert found.refused[5] == "body: must be an object"
    await world.warming.warm(person(), found.version.model_id, "1.0.0", 9)
    assert world.runtime.runs == 4


@pytest.mark.parametrize(
    "sample",
    [
        {"features": [[1, 2]], "outputs": ["label"]},
        {"instances": [[1, 2]]},
        {"dataframe_records": [{"a": 1, "b": 2}]},
        {"dataframe_split": {"columns": ["b", "a"], "data": [[1, 2]]}},
    ],
)
async def test_a_sample_is_a_body_of_predict(sample: Any) -> None:
    world = World()
    found = await world.warm({"warm_up": [sample], "feature_names": ["a", "b"]})
    assert (found.refused, world.runtime.runs) == ({}, 1)


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        ({"inputs": [1]}, "inputs: must be an object"),
        ({"inputs": "x"}, "inputs: must be an object"),
        ({"dataframe_records": [1]}, "dataframe_records[0]: must be an object"),
        ({"dataframe_split": {"columns": "a", "data": []}}, "dataframe_split.columns: must be a list"),
        ({"features": [[1, 2]], "version": "1.0.0"}, "version: is not a field of a sample"),
        ({"features": [[1, 2]], "colour": "red"}, "colour: is not a field here"),
        ({"features": [[1, 2]], "outputs": [7]}, "outputs[0]: must be a text"),
    ],
)
async def test_the_reason_names_the_field_of_a_bad_sample(sample: Any, reason: str) -> None:
    assert (await World().warm({"warm_up": [sample]})).refused == {0: reason}


@pytest.mark.parametrize("samples", ["text", {"features": [[1, 2]]}, 7, None])
async def test_samples_that_are_no_list_are_refused(samples: Any) -> None:
    found = await World().warm({"warm_up": samples})
    assert (found.samples, found.refused) == (0, {0: "warm_up is not a list of samples"})


async def test_at_most_ten_samples_are_run() -> None:
    world = World()
    found = await world.warm({"warm_up": [{"features": [[1, number]]} for number in range(50)]})
    assert (found.samples, world.runtime.runs) == (SAMPLES_MAX, SAMPLES_MAX)
    assert [*found.refused] == [SAMPLES_MAX]


@pytest.mark.parametrize("is_warm_up", [True, False])
async def test_watchers_see_no_sample(is_warm_up: bool) -> None:
    world, request = World(), RequestContext(trace.continued(""))
    token = CURRENT.set(request)
    try:
        begun("").is_prediction = not is_warm_up
        await world.warm({"warm_up": [{"features": [[1, 2]]}]})
    finally:
        CURRENT.reset(token)
    assert (world.runtime.runs, len(world.seen.found)) == (1, 0 if is_warm_up else 1)


async def test_a_version_that_is_not_published_is_not_loaded() -> None:
    world = World()
    with pytest.raises(WrongState):
        await world.warm({}, "1.0.0", publish=False)
    assert world.runtime.loaded == set()


async def test_an_unknown_version_is_not_found() -> None:
    with pytest.raises(NotFound):
        await World().warm({}, "9.9.9")


async def test_a_load_past_its_limit_is_a_timeout() -> None:
    with pytest.raises(TimedOut):
        await World(delay=1).warm({}, seconds=0.5)


@pytest.mark.parametrize(("seconds", "error"), [(0.05, TimedOut), (9, Unavailable)])
async def test_a_registry_that_answers_too_late_is_the_limit_s_end(
    monkeypatch: pytest.MonkeyPatch, seconds: float, error: type[Exception]
) -> None:
    world = World()

    async def late(*_arguments: object) -> None:
        await asyncio.sleep(0.1)
        raise Unavailable("the registry does not answer; try again")

    monkeypatch.setattr(world.registry, "get_version", late)
    with pytest.raises(error):
        await world.warming.warm(person(), "iris", "latest", seconds)
