"""The registry as a process, `python -m functions.registry`, as its container runs it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import grpc
from boto3.dynamodb.types import TypeSerializer

from local.aws_account import CREDENTIALS
from maas.domain.identity.accounts import User
from maas.domain.identity.principals import Principal, Role
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader
from maas.wire.identity import accounts as identity_items
from tests.support.aws import ROOT, Aws
from tests.support.registry_server import person

_SERIALIZER = TypeSerializer()


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


def enrolled(dynamodb: Any, identity_table: str, *roles: Role) -> Principal:
    """Returns a new person, like registry_server.person, with a record in the identity table."""
    by = person("", *roles)
    user = User(
        id=by.subject,
        tenant_id=by.tenant_id,
        email=f"{by.subject}@example.com",
        name="Ada",
        roles=by.roles,
        created_at=datetime.now(UTC),
    )
    item = {name: _SERIALIZER.serialize(value) for name, value in identity_items.user_item(user).items()}
    dynamodb.put_item(TableName=identity_table, Item=item)
    return by


def enrolled_at(aws: Aws, *roles: Role) -> Principal:
    """Returns a new person with a record in the identity table of `aws`."""
    return enrolled(aws.client("dynamodb"), aws.application.containers[0].environment["MAAS_IDENTITY_TABLE"], *roles)


def service_keys(aws: Aws) -> TokenKeys:
    secret_id = aws.application.containers[0].environment["MAAS_SERVICE_SECRET"]
    return TokenKeys.of(secret_id, SecretReader(aws.endpoint))
