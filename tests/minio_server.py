"""A real MinIO for tests: the one stand-in that refuses what S3 refuses."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from local.servers import find_minio, free_port

ACCESS_KEY, SECRET_KEY = "maasminio", "maasminiosecret"
_START = 20.0


@contextlib.contextmanager
def minio_server(data: Path) -> Iterator[str]:
    """Its endpoint, on a free port of loopback. Skips the test on a machine that has none."""
    program = find_minio("auto")
    if program is None:
        pytest.skip("no MinIO on this machine; local/get-minio builds one")
    endpoint = f"http://127.0.0.1:{free_port()}"
    argv = [program, "server", "--quiet", "--address", endpoint.removeprefix("http://"), str(data)]
    secrets = {"MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY, "MINIO_BROWSER": "off"}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(argv, env={**os.environ, **secrets}, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        _wait_for(f"{endpoint}/minio/health/ready")
        yield endpoint
    finally:
        process.kill()
        process.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _START
    while True:
        try:
            if httpx2.get(url, trust_env=False).is_success:
                return
        except httpx2.TransportError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)
