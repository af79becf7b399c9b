"""Models in files, and calls of them below HTTP."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError

from maas.adapters.onnx.runtime import OnnxRuntime
from maas.domain.catalog.versions import Artifact, Signature, Tensor
from maas.domain.inference.outputs import Form, Output, Wanted
from maas.domain.inference.tensors import bind
from tests.fakes.inference import artifact_of


class Files:
    """Files by digest, each in a folder of its own; `reads` counts the loads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reads = 0

    def add(self, content: bytes, dtype: str, *shape: int) -> Artifact:
        path = self.folder / hashlib.sha256(content).hexdigest() / "model"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return artifact_of(content, Signature((Tensor("x", dtype, shape),), _outputs(content)))

    def path(self, artifact: Artifact) -> str:
        self.reads += 1
        return str(self.folder / artifact.sha256 / "model")


def _outputs(content: bytes) -> tuple[Tensor, ...]:
    """Returns the outputs of a file by their names alone; none for a file that is no model."""
    try:
        return tuple(Tensor(each.name, "float", ()) for each in onnx.load_from_string(content).graph.output)
    except DecodeError:
        return ()


async def call(
    runtime: OnnxRuntime,
    artifact: Artifact,
    features: Any,
    seconds: float = 20,
    names: Sequence[str] | None = None,
    form: Form = Form.NESTED,
) -> Mapping[str, Output]:
    outputs = {tensor.name: tensor for tensor in artifact.signature.outputs}
    wanted = [Wanted(outputs[name], form) for name in names or outputs]
    return await runtime.run(artifact, bind(artifact.signature, features), seconds, wanted)
