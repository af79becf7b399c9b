"""Measures the first call of a large model beside the time that it can't do without.

`python -m tests.benchmarks.first_predictions [MIB]` puts a model of MIB (100) mebibytes on MinIO. In turns, new
processes download it with boto3's own parallel transfer and load a session of it, or make the first prediction of the
runtime. Both have imported all that they need. Figures are seconds; the medians are compared.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import boto3

from local.aws_account import CREDENTIALS, REGION
from local.paths import ROOT
from tests.benchmarks.large_files import written
from tests.support.buckets import BUCKET, make_bucket
from tests.support.minio_server import minio_server

_ROUNDS = 7
_MIB = 1024 * 1024
_PROBE = "tests.benchmarks.first_predictions_probe"
_GOAL = 1.2
_KINDS = ("table", "layers")


def main(size: int) -> None:
    """Prints a table with a row for each kind of file. Exits with 1 if a ratio is above the goal."""
    os.environ |= {**CREDENTIALS, "AWS_DEFAULT_REGION": REGION}
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {size // _MIB} MiB", flush=True)
    print("| model | download by boto3 | session | first prediction | ratio | second process | bytes of it |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name, minio_server(Path(name) / "minio") as endpoint:
        make_bucket(endpoint)
        ratios = [_measured(Path(name), endpoint, kind, size) for kind in _KINDS]
    sys.exit(0 if max(ratios) <= _GOAL else 1)


def _measured(folder: Path, endpoint: str, kind: str, size: int) -> float:
    file = written(folder / f"{kind}.onnx", kind, size, 1)
    s3 = boto3.client("s3", endpoint_url=endpoint)
    s3.upload_file(str(file), BUCKET, kind)
    version = s3.head_object(Bucket=BUCKET, Key=kind)["VersionId"]
    job = {"endpoint": endpoint, "key": kind, "version": version, "file": str(file), "kind": kind}
    parts: dict[str, list[float]] = {}
    for _ in range(_ROUNDS):
        with tempfile.TemporaryDirectory(dir=folder) as disk:
            for step in ("apart", "first", "second"):  # the last process finds the file on disk
                for part, seconds in _run({**job, "step": step, "folder": disk}).items():
                    parts.setdefault(part, []).append(seconds)
    found = {part: median(seconds) for part, seconds in parts.items()}
    ratio = found["first"] / (found["download"] + found["load"])
    figures = " | ".join(f"{found[part]:.3f}" for part in ("download", "load", "first"))
    print(f"| {kind} | {figures} | {ratio:.2f} | {found['second']:.3f} | {found['bytes']:.0f} |", flush=True)
    return ratio


def _run(job: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", _PROBE, json.dumps(job)]
    found: dict[str, float] = json.loads(
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    )
    return found


if __name__ == "__main__":
    main(int(sys.argv[1] if len(sys.argv) > 1 else 100) * _MIB)
