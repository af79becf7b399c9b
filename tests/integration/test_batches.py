"""Batches of real models: each call has the bits of its own run."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from maas.adapters.formats.inspector import ChildInspector
from maas.adapters.onnx.threaded_runtime import ThreadedRuntime
from maas.domain.catalog.graphs import Inspection
from maas.domain.inference.batching import Batching
from maas.domain.inference.outputs import Form, Wanted
from maas.domain.inference.tensors import Feed, Values
from maas.services.batches import Batches
from tests.fakes.inference import artifact_of
from tests.samples import onnx_files
from tests.samples.hostile_onnx import iris_model
from tests.support import model_runtimes

FILES: Mapping[str, Callable[[], bytes]] = {"forest": iris_model, "largest of four": onnx_files.largest_of_four}
CALLERS, ROUNDS = 12, 12


@pytest.mark.parametrize("name", FILES)
async def test_each_call_has_the_bits_of_its_own_run(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(FILES[name]())
    found = ChildInspector().inspect(str(path))
    assert isinstance(found, Inspection)
    artifact = artifact_of(path.read_bytes(), found.signature)
    runtime = ThreadedRuntime(model_runtimes.workers(lambda _: str(path)))
    batches, random = Batches(runtime), np.random.default_rng(0)
    wanted = [Wanted(tensor, Form.RAW) for tensor in artifact.signature.outputs]
    (tensor,) = artifact.signature.inputs

    def feed() -> Feed:
        rows = int(random.integers(1, 4))
        data = random.normal(3, 2, (rows, 4)).astype(np.float32).tobytes()
        return Feed((Values(tensor.name, tensor.dtype, (rows, 4), data),), "inputs", single=False)

    for _ in range(ROUNDS):
        feeds = [feed() for _ in range(CALLERS)]
        together = await asyncio.gather(
            *(batches.run(artifact, each, 20, wanted, Batching(64, 0.01)) for each in feeds)
        )
        assert together == [await runtime.run(artifact, each, 20, wanted) for each in feeds]
