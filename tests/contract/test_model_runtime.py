"""Every implementation of the ModelRuntime port: the fake, and ONNX Runtime with the same model."""

from pathlib import Path
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import TimedOut
from maas.domain.inference.tensors import Feed, bind
from maas.services.ports.inference import ModelRuntime
from tests.fakes.inference import FakeRuntime, artifact_of
from tests.samples import onnx_files
from tests.support.model_runtimes import onnx_runtime
from tests.support.outputs import nested, plain

FILE = onnx_files.counter()
COUNTER = artifact_of(FILE, Signature((Tensor("x", "int64", (1,)),), (Tensor("y", "float", (1,)),)))
ENDLESS = 2**62


def count(feed: Feed) -> dict[str, Any]:
    return {"y": [float(feed.values[0].elements[0])]}


def seconds(feed: Feed) -> float:
    """Returns the seconds that the fake takes. The real runtime needs long to count to ENDLESS."""
    return 60 if feed.values[0].elements[0] == ENDLESS else 0


@pytest.fixture(params=["fake", "onnx"])
def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> ModelRuntime:
    path = tmp_path / "model"
    path.write_bytes(FILE)
    return FakeRuntime(count, seconds) if request.param == "fake" else onnx_runtime(lambda artifact: str(path))


async def test_outputs_have_names_and_nested_lists(runtime: ModelRuntime) -> None:
    assert plain(await runtime.run(COUNTER, bind(COUNTER.signature, [3]), 20, nested(COUNTER))) == {"y": [3.0]}


async def test_a_run_over_its_limit_times_out_and_the_next_one_works(runtime: ModelRuntime) -> None:
    with pytest.raises(TimedOut):
        await runtime.run(COUNTER, bind(COUNTER.signature, [ENDLESS]), 0.1, nested(COUNTER))

    assert plain(await runtime.run(COUNTER, bind(COUNTER.signature, [2]), 20, nested(COUNTER))) == {"y": [2.0]}
