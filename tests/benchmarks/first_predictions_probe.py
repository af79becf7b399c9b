"""One process of first_predictions.py: it prints the seconds of its steps as JSON."""

import asyncio
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import onnxruntime as ort

from maas.adapters.artifact_cache import ArtifactCache
from maas.adapters.aws.artifact_download import ArtifactDownload
from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.onnx.workers.forks import Forks
from maas.adapters.onnx.workers.pool import Workers
from maas.adapters.onnx.workers.worker import Worker
from maas.domain.catalog.versions import Artifact, Signature, Tensor
from maas.domain.inference.outputs import Form, Wanted
from maas.domain.inference.tensors import bind
from tests.support.buckets import BUCKET

_INPUTS: dict[str, tuple[str, tuple[int, ...]]] = {"table": ("int64", (-1,)), "layers": ("float", (-1, 1024))}


def apart(job: dict[str, str]) -> dict[str, float]:
    """Downloads the object and loads a session, by the libraries alone. The session has the threads of a worker's."""
    s3: Any = boto3.client("s3", endpoint_url=job["endpoint"])
    file = Path(job["folder"]) / "apart"
    started = time.perf_counter()
    s3.download_file(BUCKET, job["key"], str(file), ExtraArgs={"VersionId": job["version"]})
    downloaded = time.perf_counter()
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return {"download": downloaded - started, "load": time.perf_counter() - downloaded}


async def predicted(job: dict[str, str]) -> dict[str, float]:
    """Makes the first prediction of this process."""
    dtype, shape = _INPUTS[job["kind"]]
    artifact = _artifact(job, Signature((Tensor("x", dtype, shape),), (Tensor("y", "float", (-1, 1024)),)))
    download, sent = ArtifactDownload(BUCKET, job["endpoint"]), [0.0]

    def counted(wanted: Artifact, path: Path) -> str:
        sent[0] += wanted.size
        return download(wanted, path)

    forks = Forks()
    Worker(forks).end()  # it has imported ONNX Runtime then, as the process that downloads and loads apart has
    runtime = OnnxRuntime(Workers(forks, ArtifactCache(counted, Path(job["folder"]) / "cache").path))
    feed = bind(artifact.signature, None, {"x": [1] if job["kind"] == "table" else [[0.0] * 1024]})
    started = time.perf_counter()
    await runtime.run(artifact, feed, 300, [Wanted(artifact.signature.outputs[0], Form.NESTED)])
    return {job["step"]: time.perf_counter() - started, **({"bytes": sent[0]} if job["step"] == "second" else {})}


def _artifact(job: dict[str, str], signature: Signature) -> Artifact:
    with Path(job["file"]).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Artifact(
        storage_key=job["key"],
        size=Path(job["file"]).stat().st_size,
        sha256=sha256,
        signature=signature,
        object_version=job["version"],
    )


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps(apart(given) if given["step"] == "apart" else asyncio.run(predicted(given))))
