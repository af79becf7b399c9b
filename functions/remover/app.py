"""Wiring of the remover function: removes files that nothing names any more."""

import asyncio

from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.removal_queue import SqsRemovalQueue
from maas.adapters.registry.client import GrpcRegistry
from maas.contracts.removals import RemovalMessage
from maas.domain.removals import Removal
from maas.entrypoints.sqs import sqs_handler
from maas.platform.settings import (
    AwsSettings,
    ObjectSettings,
    RegistrySettings,
    RemovalQueueSettings,
    RemovalSettings,
    read,
)
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader
from maas.services.removal import RemovalService

registry = read(RegistrySettings)
objects = read(ObjectSettings)
endpoint = read(AwsSettings).endpoint
keys = TokenKeys.of(registry.secret, SecretReader(endpoint))
service = RemovalService(
    GrpcRegistry(registry.address, keys, registry.roots),
    S3ObjectStore(objects.bucket, objects.endpoint),
    SqsRemovalQueue(read(RemovalQueueSettings).url, endpoint),
    read(RemovalSettings).grace,
)


async def remove(message: RemovalMessage, _receives: int) -> None:
    await service.remove(Removal(**message.model_dump()))


runner = asyncio.Runner()
handler = sqs_handler(runner, RemovalMessage, remove)
