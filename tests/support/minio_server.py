"""A real MinIO for tests. It is the only S3 substitute that refuses the requests that S3 refuses."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import programs
from local.aws_account import CREDENTIALS
from local.servers.ports import free_port
from tests.support.server_processes import server


@contextlib.contextmanager
def minio_server(data: Path) -> Iterator[str]:
    """Starts MinIO on a free port of loopback and yields its endpoint. Skips the test if MinIO is not installed."""
    program = programs.find("minio")
    if program is None:
        pytest.skip("no MinIO on this machine; local/tools/get-minio builds one")
    port = free_port()
    argv = [program, "server", "--quiet", "--address", f"127.0.0.1:{port}", str(data)]
    key, secret = CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"]
    secrets = {"MINIO_ROOT_USER": key, "MINIO_ROOT_PASSWORD": secret, "MINIO_BROWSER": "off"}
    with server(argv, port, "/minio/health/cluster", **secrets):
        yield f"http://127.0.0.1:{port}"
