"""The registry as a process, `python -m functions.registry`, as its container runs it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from local.aws_account import CREDENTIALS
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader
from tests.support.aws import ROOT, Aws


def environment(aws: Aws, **changes: str) -> dict[str, str]:
    """Returns the variables that template.yaml sets for the container, with `changes`."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "layers/shared/python")))
    declared = aws.application.containers[0].environment
    return {**os.environ, **CREDENTIALS, **declared, "PYTHONPATH": path, **changes}


@contextmanager
def registry_process(aws: Aws, **changes: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "functions.registry"], env=environment(aws, **changes), stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def ready(address: str, seconds: float = 60) -> None:
    """Waits until the registry accepts connections."""
    # By default, gRPC's pauses between two attempts grow to minutes.
    options = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 300)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        await asyncio.wait_for(channel.channel_ready(), seconds)


def service_keys(aws: Aws) -> TokenKeys:
    secret_id = aws.application.containers[0].environment["MAAS_SERVICE_SECRET"]
    return TokenKeys.of(secret_id, SecretReader(aws.endpoint))
