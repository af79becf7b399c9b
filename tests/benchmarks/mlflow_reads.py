"""MLflow's registry: its own server on SQLite."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from local.servers.ports import free_port
from tests.benchmarks.http_bursts import Call, burst

START = 300.0  # seconds; its imports take long on a busy machine
API = "/api/2.0/mlflow/registered-models"
# Disables MLflow's telemetry, and its jobs, which are not measured.
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


@dataclass(frozen=True)
class Mlflow:
    """A running server with one model."""

    version: str
    port: int


@contextmanager
def mlflow(program: str, workers: int | None) -> Iterator[Mlflow]:
    """Starts a server with so many workers, or with as many as it starts by default."""
    printed = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    version, port = printed.stdout.split()[-1], free_port()
    with tempfile.TemporaryDirectory() as folder:
        argv = [program, "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
        argv += [] if workers is None else ["--workers", str(workers)]
        argv += ["--default-artifact-root", folder, "--host", "127.0.0.1", "--port", str(port)]
        quiet = subprocess.DEVNULL
        # A separate process group, because its workers are processes too.
        process = subprocess.Popen(
            argv, cwd=folder, env={**os.environ, **QUIET}, stdout=quiet, stderr=quiet, start_new_session=True
        )
        try:
            _make_model(process, port)
            yield Mlflow(version, port)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _make_model(process: "subprocess.Popen[bytes]", port: int) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        deadline = time.monotonic() + START
        while not _answers(client):
            assert process.poll() is None, "MLflow has ended"
            assert time.monotonic() < deadline, "MLflow does not answer"
            time.sleep(0.2)
        client.post(f"{API}/create", json={"name": "iris", "description": "a model"}).raise_for_status()


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/health").is_success
    except httpx2.HTTPError:
        return False


def get_burst(server: Mlflow, callers: int, seconds: float) -> float:
    """Returns calls per second of GET registered-models/get, over persistent connections."""
    return burst(server.port, callers, seconds, lambda: Call("GET", f"{API}/get?name=iris")).rate
