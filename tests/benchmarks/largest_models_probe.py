"""Runs in Lambda's image: largest_models_probe.py validate|serve <inference MB> <validator MB> <file> <file>

Prints the peak of this process and its child in bytes, and the seconds of each step, as JSON. `serve` calls the first
model, the second, and the first again. A refusal or another error ends the program with its traceback.
"""

import asyncio
import hashlib
import json
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any


def validate(inference: int, validator: int, paths: list[str]) -> list[float]:
    """Inspects each file as the validator does."""
    from maas.adapters.formats.inspection_limits import Limits
    from maas.adapters.formats.inspector import ChildInspector

    seconds = []
    for path in paths:
        started = time.monotonic()
        found = ChildInspector(Limits.of(inference, validator)).inspect(path)
        if isinstance(found, str):
            raise SystemExit(f"{path}: {found}")
        seconds.append(time.monotonic() - started)
    return seconds


async def serve(inference: int, paths: list[str]) -> list[float]:
    """Calls the models in turn, from files that are copied to the disk as from the store."""
    import maas.adapters.aws.artifact_download
    import maas.entrypoints.http  # noqa: F401 (the memory of the function's other libraries belongs to the measurement)
    from maas.adapters.artifact_cache import ArtifactCache
    from maas.adapters.onnx.runtime import OnnxRuntime
    from maas.adapters.onnx.workers.forks import Forks
    from maas.adapters.onnx.workers.pool import Workers
    from maas.domain.inference.tensors import bind
    from maas.domain.model_memory import usable

    def download(artifact: Any, path: Path) -> str:
        shutil.copyfile(artifact.storage_key, path)
        return str(artifact.sha256)

    workers = Workers(Forks(), ArtifactCache(download, Path("/tmp/models")).path, usable(inference))
    runtime = OnnxRuntime(workers)
    seconds = []
    for path in (*paths, paths[0]):
        artifact = _artifact(path)
        started = time.monotonic()
        shape = [1 if size < 0 else size for size in artifact.signature.inputs[0].shape]
        await runtime.run(artifact, bind(artifact.signature, None, {"x": _zeros(shape)}), 300, _wanted(artifact))
        seconds.append(time.monotonic() - started)
    return seconds


def _wanted(artifact: Any) -> Any:
    from maas.domain.inference.outputs import Form, Wanted

    return [Wanted(tensor, Form.NESTED) for tensor in artifact.signature.outputs]


def _artifact(path: str) -> Any:
    from maas.domain.catalog.versions import Artifact, Signature, Tensor

    shape, dtype = {"table": ((-1,), "int64"), "convolutions": ((-1, 256, 8, 8), "float")}.get(
        Path(path).name.partition("-")[0], ((-1, 1024), "float")
    )
    with Path(path).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    signature = Signature((Tensor("x", dtype, shape),), ())
    return Artifact(storage_key=path, size=Path(path).stat().st_size, sha256=sha256, signature=signature)


def _zeros(shape: list[int]) -> Any:
    return 0 if not shape else [_zeros(shape[1:]) for _ in range(shape[0])]


def main() -> None:
    step, inference, validator, *paths = sys.argv[1:]
    if step == "validate":
        seconds = validate(int(inference), int(validator), paths)
    else:
        seconds = asyncio.run(serve(int(inference), paths))
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"seconds": seconds, "peak": sum(peaks) * 1024}))


if __name__ == "__main__":
    main()
