"""Shadows that a candidate computes: their counts, and what the judge makes of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import (
    ArtifactUnavailable,
    ModelCrashed,
    TimedOut,
    TooLarge,
    Unavailable,
    WrongState,
)
from maas.domain.ids import new_id
from maas.domain.inference.outputs import Form, NotComputable, Output
from maas.domain.inference.packing import packed
from maas.domain.inference.statistics import ByVersion, is_count, of_rollout
from maas.domain.inference.tensors import Feed, Values
from maas.domain.judging import figures
from maas.domain.judging.sequential import Share
from maas.domain.rollouts.tolerances import Tolerance
from maas.domain.shadowing.comparing import Disagreement, Kind
from maas.domain.shadowing.samples import MESSAGE_SAMPLES_MAX, Sample
from maas.domain.shadowing.shadows import Answered, Shadow
from maas.platform import deadline, spans
from maas.platform.request_context import CURRENT, RequestContext
from maas.services.call_statistics import KeptStatistics
from maas.services.inference import InferenceService
from maas.services.shadow_runs import ShadowRuns
from tests.fakes.inference import LARGER_COLUMN_FILE, Compute, FakeRuntime, artifact_of, larger_column, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.shadowing import FakeSamples
from tests.support.http_gateway import person

ADA = person()
NOW = 1_800_000_000.0


class World:
    """A model whose version 1.0.0 is the candidate."""

    def __init__(self, compute: Compute = larger_column) -> None:
        self.registry: FakeRegistry = fake_registry()
        self.runtime = FakeRuntime(compute)
        self.statistics = KeptStatistics()
        self.samples = FakeSamples()
        self.runs = ShadowRuns(
            InferenceService(self.registry, self.runtime), self.statistics, self.samples, clock=lambda: NOW
        )
        self.model_id = ""

    async def publish(self, artifact: Any = LARGER_COLUMN_FILE) -> None:
        self.model_id = await model_with_file(self.registry, ADA, {}, artifact)
        await self.registry.publish_version(ADA, self.model_id, "1.0.0")

    def shadow(self, label: int = 1, dtype: str = "float", name: str = "x", rollout_id: str = "rollout") -> Shadow:
        """A call with one row of 1 and 2, which live answered with a label."""
        return Shadow(
            tenant_id=ADA.tenant_id,
            model_id=self.model_id,
            rollout_id=rollout_id,
            candidate="1.0.0",
            prediction_id=new_id(),
            values=(Values(name, dtype, (1, 2), packed(dtype, [1, 2])),),
            answer={"label": Answered(Form.NESTED, Output(b"[%d]" % label, (1,), "int64"))},
            at=NOW,
        )

    def counts(self, rollout_id: str = "rollout") -> dict[str, int]:
        minute = int(NOW // 60)
        found: ByVersion = self.statistics.read(ADA.tenant_id, f"rollout:{rollout_id}", range(minute, minute + 1))
        assert set(found) <= {"candidate"}
        assert all(map(is_count, found.get("candidate", {})))
        return dict(found.get("candidate", {}))

    @property
    def failed(self) -> Share:
        return figures.side(self.counts()).failed


def fails(error: Exception) -> Compute:
    def compute(_feed: Feed) -> Mapping[str, Any]:
        raise error

    return compute


async def test_answers_are_compared_and_timed() -> None:
    world = World()
    await world.publish()
    await world.runs.work([world.shadow(1), world.shadow(1), world.shadow(0)])
    counts = world.counts()
    assert (counts["calls"], counts["compared"], counts["disagreed"]) == (3, 3, 1)
    assert sum(number for name, number in counts.items() if name.startswith("serving:")) == 3
    assert world.failed == Share(0, 3)
    assert figures.compared(counts) == Share(1, 3)


@pytest.mark.parametrize(("tolerance", "disagreed"), [(Tolerance(), 1), (Tolerance(relative=0.05), 0)])
async def test_numbers_are_compared_with_the_tolerance_of_the_rollout(tolerance: Tolerance, disagreed: int) -> None:
    world = World(lambda _feed: {"label": [1.04]})
    number = Signature((Tensor("x", "float", (-1, 2)),), (Tensor("label", "float", (-1,)),))
    await world.publish(artifact_of(b"number", number))
    answer = {"label": Answered(Form.NESTED, Output(b"[1.0]", (1,), "float"))}
    await world.runs.work([replace(world.shadow(), answer=answer, tolerance=tolerance)])
    assert (world.counts()["compared"], world.counts().get("disagreed", 0)) == (1, disagreed)


async def test_each_rollout_has_counts_of_its_own() -> None:
    world = World()
    await world.publish()
    await world.runs.work([world.shadow(), world.shadow(0, rollout_id="other")])
    assert "disagreed" not in world.counts()
    assert world.counts("other")["disagreed"] == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModelCrashed.of(), "model_crashed"),
        (TimedOut("too long"), "timeout"),
        (TooLarge("too large"), "too_large"),
        (WrongState.of("version", "it can't be loaded"), "not_served"),
        (ArtifactUnavailable("the file is gone"), "artifact_unavailable"),
        (NotComputable("it can't", ""), "invalid_input"),
    ],
)
async def test_a_failure_of_the_candidate_counts_against_it(error: Exception, code: str) -> None:
    world = World(fails(error))
    await world.publish()
    await world.runs.work([world.shadow(), world.shadow()])
    assert world.counts()[f"error:{code}"] == 2
    assert world.failed == Share(2, 2)
    assert figures.compared(world.counts()) is None


@pytest.mark.parametrize(("dtype", "name"), [("double", "x"), ("float", "y")])
async def test_values_that_the_candidate_does_not_take_count_against_it(dtype: str, name: str) -> None:
    world = World()
    await world.publish()
    await world.runs.work([world.shadow(dtype=dtype, name=name)])
    assert world.failed == Share(1, 1)


async def test_an_output_that_the_candidate_lacks_counts_against_it() -> None:
    world = World()
    renamed = Signature((Tensor("x", "float", (-1, 2)),), (Tensor("other", "int64", (-1,)),))
    await world.publish(artifact_of(b"renamed", renamed))
    await world.runs.work([world.shadow()])
    assert world.failed == Share(1, 1)


async def test_a_system_that_does_not_answer_is_nobody_s_failure_and_the_message_comes_again() -> None:
    world = World()
    await world.publish()
    outage = iter([None, Unavailable("the store does not answer"), None, None])

    def compute(feed: Feed) -> Mapping[str, Any]:
        if error := next(outage):
            raise error
        return larger_column(feed)

    world.runtime.compute = compute
    with pytest.raises(Unavailable):
        await world.runs.work([world.shadow(), world.shadow()])
    assert world.counts() == {}
    await world.runs.work([world.shadow(), world.shadow()])
    assert world.counts()["calls"] == 2


async def test_a_candidate_that_is_gone_counts_for_nothing() -> None:
    world = World()
    await world.runs.work([world.shadow()])
    assert world.counts() == {}


async def test_shadows_that_no_time_is_left_for_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    await world.publish()
    token = CURRENT.set(RequestContext(spans.started(""), deadline=deadline.after(20)))
    try:
        await world.runs.work([world.shadow()])
    finally:
        CURRENT.reset(token)
    assert world.counts() == {}
    assert '"ShadowsDropped":[1.0]' in capsys.readouterr().out.replace(" ", "")


async def test_some_disagreements_of_a_message_are_kept() -> None:
    world = World()
    await world.publish()
    shadows = [world.shadow(1), *[world.shadow(0) for _ in range(MESSAGE_SAMPLES_MAX + 1)]]
    await world.runs.work(shadows)
    kept = world.samples.kept(ADA.tenant_id, "rollout")
    disagreement = Disagreement("label", Kind.LABEL, 0, (0,), (1,))
    assert kept == [Sample(each.prediction_id, NOW, disagreement) for each in shadows[1 : MESSAGE_SAMPLES_MAX + 1]]


async def test_samples_that_can_t_be_stored_lose_no_counts() -> None:
    world = World()
    await world.publish()
    world.samples.is_gone = True
    await world.runs.work([world.shadow(0)])
    assert world.counts()["disagreed"] == 1


async def test_a_message_that_is_delivered_twice_counts_once() -> None:
    world = World()
    await world.publish()
    message = [world.shadow(label=0), world.shadow()]
    for _ in range(2):
        await world.runs.work(message)
    await world.runs.work([world.shadow()])

    counts = world.statistics.read(ADA.tenant_id, of_rollout("rollout"), range(int(NOW // 60), int(NOW // 60) + 1))
    assert counts["candidate"]["calls"] == 3
    assert counts["candidate"]["disagreed"] == 1
