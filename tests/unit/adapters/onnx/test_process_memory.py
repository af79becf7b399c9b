"""The limit of a process's memory, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.samples import onnx_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")

PROGRAM = """
import asyncio, sys
from maas.adapters.onnx.process_memory import ProcessMemory
from maas.adapters.onnx.runtime import OnnxRuntime
from maas.domain.catalog.versions import Artifact, Signature, Tensor
from maas.domain.errors import MaasError
from maas.domain.inference.tensors import bind
signature = Signature((Tensor("x", "int64", (1,)),), ())
artifact = Artifact(storage_key="k", size=200, sha256="a" * 64, signature=signature)
runtime = OnnxRuntime(lambda _: sys.argv[1], ProcessMemory(400 << 20))
async def calls():
    for length in (3, 2**28, 2):
        try:
            outputs = await runtime.run(artifact, bind(signature, [length]), 20)
            print({name: output.values() for name, output in outputs.items()})
        except MaasError as error:
            print(error.code, error.message)
asyncio.run(calls())
"""


def test_a_run_past_the_limit_is_a_problem_and_the_next_works(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(onnx_files.zeros())
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    first, second, third = [line for line in done.stdout.splitlines() if not line.startswith('{"')]
    assert (first, third) == ("{'y': [0.0, 0.0, 0.0]}", "{'y': [0.0, 0.0]}")
    assert second.startswith("too_large calling the model with these values needs more memory")
