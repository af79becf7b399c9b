"""Sends one file to MinIO with the Python client, with boto3 and with mc, and compares time, processor and memory.

`PYTHONPATH=.:layers/shared/python .venv/bin/python -m tests.benchmarks.client_transfers [MIB] [ROUNDS] [FOLDER]`, by
default with 1024 MiB and 5 rounds. Each round runs all programs once, in turn, so that other work of the machine meets
all of them. A time is that of a whole process, with the start of its interpreter. After each run the stored object is
read and compared by its SHA-256.

`maas` is the client against the real routes and services of uploads on a registry in memory, which has no file of this
size. It computes the SHA-256 of the file while it sends it, and ends when the file is put together and counts as
checked. `mc` signs each chunk with its SHA-256, because the store has no TLS. `boto3` computes CRC32, its default, and
`boto3 sha256` the SHA-256 of each part. mc is used if it is in ~/.cache/maas/bench, or on PATH:
`GOBIN=~/.cache/maas/bench go install github.com/minio/mc@latest`.
"""

import contextlib
import hashlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local.aws_account import CREDENTIALS
from maas.platform.observability import logger
from tests.benchmarks.transfer_api import BUCKET, TransferApi
from tests.support.minio_server import minio_server

_MIB = 1024 * 1024
_LEAST_RATE = 2 * _MIB  # bytes a second; a slower run has stopped
_MAAS = """
import sys
from maas_client import Client
with Client(sys.argv[1], api_key="k") as client:
    client.push(sys.argv[2], model="iris", version=sys.argv[3])
"""
_BOTO3 = """
import sys, boto3
extra = {"ChecksumAlgorithm": sys.argv[4]} if len(sys.argv) > 4 else {}
boto3.client("s3", endpoint_url=sys.argv[1]).upload_file(sys.argv[2], "artifacts", sys.argv[3], ExtraArgs=extra)
"""


@dataclass(frozen=True)
class Run:
    """One process: seconds of time and of processor, and the most memory that it had, in MiB."""

    seconds: float
    processor: float
    memory: float


@dataclass(frozen=True)
class Bench:
    """What the programs send, and where."""

    file: Path
    api: TransferApi
    s3: Any
    endpoint: str

    def programs(self) -> dict[str, list[str]]:
        """The command of each program; `KEY` and `VERSION` stand for those of a run."""
        file, python = str(self.file), [sys.executable, "-c"]
        found = {
            "maas": [*python, _MAAS, self.api.url, file, "VERSION"],
            "boto3": [*python, _BOTO3, self.endpoint, file, "KEY"],
            "boto3 sha256": [*python, _BOTO3, self.endpoint, file, "KEY", "SHA256"],
        }
        if mc := shutil.which("mc", path=f"{Path.home()}/.cache/maas/bench:{os.environ['PATH']}"):
            found["mc"] = [mc, "--quiet", "--config-dir", str(self.file.parent / "mc"), "cp", file, f"it/{BUCKET}/KEY"]
        return found

    def run(self, command: list[str], number: int) -> Run:
        argv = [word.replace("KEY", f"k{number}").replace("VERSION", f"1.{number}.0") for word in command]
        timeout = self.file.stat().st_size / _LEAST_RATE
        started = time.perf_counter()
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, env={**os.environ, "MC_HOST_it": self._mc_host()})
        try:
            status, processor, memory = _waited(process.pid, timeout)
        finally:
            process.returncode = process.returncode or 0  # it is waited for
        assert status == 0, f"{argv[0]} ended with {status}"
        return Run(time.perf_counter() - started, processor, memory)

    def _mc_host(self) -> str:
        key, secret = CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"]
        return self.endpoint.replace("http://", f"http://{key}:{secret}@")

    def check_and_remove(self, digest: str) -> None:
        """Reads the one object that is there, and removes it. The next push has to send it again."""
        [found] = self.s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        got = hashlib.sha256()
        for chunk in self.s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"].iter_chunks(_MIB):
            got.update(chunk)
        assert got.hexdigest() == digest
        self.s3.delete_object(Bucket=BUCKET, Key=found["Key"])
        self.api.forget(found["Key"])


def _waited(pid: int, timeout: float) -> tuple[int, float, float]:
    """Waits for a process, and returns its status, its seconds of processor and its memory. Kills it in the end."""
    end, memory = time.monotonic() + timeout, 0.0
    while time.monotonic() < end:
        memory = _peak(pid) or memory
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found:
            return status, usage.ru_utime + usage.ru_stime, memory
        time.sleep(0.005)
    os.kill(pid, 9)
    return os.wait4(pid, 0)[1], 0.0, memory


def _peak(pid: int) -> float:
    """The most memory that a process has had, in MiB; 0 if it has ended. `ru_maxrss` has that of its parent too."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


def _random_file(path: Path, size: int) -> str:
    """Writes a file, and returns its SHA-256."""
    source, digest = random.Random(1), hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(size // _MIB):
            block = source.randbytes(_MIB)
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


@contextmanager
def _bench(folder: Path, size: int) -> Iterator[tuple[Bench, str]]:
    os.environ.update({**CREDENTIALS, "AWS_DEFAULT_REGION": "us-east-1"})
    digest = _random_file(folder / "file", size)
    with minio_server(folder / "minio") as endpoint, TransferApi(endpoint) as api:
        s3 = boto3.client("s3", endpoint_url=endpoint)
        s3.create_bucket(Bucket=BUCKET)
        yield Bench(folder / "file", api, s3, endpoint), digest


def _print(name: str, runs: list[Run], fastest: float) -> None:
    seconds = statistics.median(run.seconds for run in runs)
    listed = " ".join(f"{run.seconds:.2f}" for run in runs)
    processor, memory = statistics.median(run.processor for run in runs), max(run.memory for run in runs)
    print(f"{name:14} {seconds:7.2f} {seconds / fastest:6.2f} {processor:8.2f} {memory:8.0f}   {listed}")


def main(mib: int = 1024, rounds: int = 5, folder: str | None = None) -> None:
    """Prints the median of each program."""
    logger.setLevel("WARNING")
    with tempfile.TemporaryDirectory(dir=folder) as place, _bench(Path(place), mib * _MIB) as (bench, digest):
        runs: dict[str, list[Run]] = {name: [] for name in bench.programs()}
        for number in range(rounds):
            for name, command in bench.programs().items():
                runs[name].append(bench.run(command, number))
                bench.check_and_remove(digest)
        others = [statistics.median(run.seconds for run in found) for name, found in runs.items() if name != "maas"]
        print(f"{mib} MiB, median of {rounds} rounds; ratio to the fastest of the others\n")
        print(f"{'program':14} {'seconds':>7} {'ratio':>6} {'processor':>8} {'MiB':>8}   each run")
        for name, found in runs.items():
            _print(name, found, min(others))
        print(f"\ncalls of the API by one push: {', '.join(bench.api.calls_of_last_push())}")


if __name__ == "__main__":
    mib, rounds, *folder = [*sys.argv[1:], *("1024", "5")[len(sys.argv) - 1 :]]
    main(int(mib), int(rounds), *folder)
