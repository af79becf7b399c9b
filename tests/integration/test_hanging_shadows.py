"""A candidate that hangs, in a process of its own: its call is ended, and the rest of its message is computed."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.ids import new_id
from maas.domain.inference.outputs import Form, Output
from maas.domain.inference.packing import packed
from maas.domain.inference.statistics import of_rollout
from maas.domain.inference.tensors import Values
from maas.domain.rollouts.routing import Side
from maas.domain.shadowing.shadows import Answered, Shadow
from maas.services.call_statistics import KeptStatistics
from maas.services.inference import InferenceService
from maas.services.shadow_runs import ShadowRuns
from tests.fakes.inference import model_with_file
from tests.fakes.registry import fake_registry
from tests.fakes.shadowing import FakeSamples
from tests.samples import onnx_files
from tests.support import model_runtimes
from tests.support.http_gateway import person
from tests.support.model_files import Files

ADA = person()
NOW = 1_800_000_000.0
FOUR = Signature(
    (Tensor("x", "float", (-1, 4)),), (Tensor("label", "int64", (-1,)), Tensor("values", "float", (-1, 4)))
)
# Seconds that the candidate has for a call here.
LIMIT = 2.0


def shadow(model_id: str, rollout_id: str, numbers: Sequence[float]) -> Shadow:
    """A call with one row, of which live found the fourth number the largest."""
    return Shadow(
        tenant_id=ADA.tenant_id,
        model_id=model_id,
        rollout_id=rollout_id,
        candidate="1.0.0",
        prediction_id=new_id(),
        values=(Values("x", "float", (1, 4), packed("float", numbers)),),
        answer={"label": Answered(Form.NESTED, Output(b"[3]", (1,), "int64"))},
        at=NOW,
    )


async def test_the_call_of_a_candidate_that_hangs_is_ended_and_its_message_goes_on(tmp_path: Path) -> None:
    registry, files, statistics = fake_registry(), Files(tmp_path), KeptStatistics()
    artifact = replace(files.add(onnx_files.hanging_of_four(), "float", -1, 4), signature=FOUR)
    model_id = await model_with_file(registry, ADA, {}, artifact)
    await registry.publish_version(ADA, model_id, "1.0.0")
    runtime = model_runtimes.onnx_runtime(files.path)
    await runtime.load(artifact, 60)
    runs = ShadowRuns(InferenceService(registry, runtime), statistics, FakeSamples(), timeout=LIMIT, clock=lambda: NOW)

    started = time.monotonic()
    hangs, works = shadow(model_id, "hangs", [0, 1, 2, 3]), shadow(model_id, "works", [-3, -2, -1, 0])
    await runs.work([hangs, works])

    assert time.monotonic() - started >= LIMIT

    def counts(rollout_id: str) -> dict[str, int]:
        found = statistics.read(ADA.tenant_id, of_rollout(rollout_id), range(int(NOW // 60), int(NOW // 60) + 1))
        return {name: count for name, count in found[Side.CANDIDATE].items() if not name.startswith("serving:")}

    assert counts("hangs") == {"calls": 1, "error:timeout": 1}
    assert counts("works") == {"calls": 1, "compared": 1}
