"""Wiring of the remover function: removes files that nothing names any more, and collects what crashes left."""

from maas.entrypoints.cold_start import ready

import asyncio

from maas.adapters.aws.model_traces import DynamoModelTraces
from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.removal_queue import SqsRemovalQueue
from maas.adapters.registry.contents import ContentCalls
from maas.adapters.registry.models import ModelCalls
from maas.adapters.registry.uploads import UploadCalls
from maas.adapters.registry.versions import VersionCalls
from maas.contracts.removals import CollectionMessage, RemovalMessage, RemoverMessage
from maas.domain.collections import Collection, Counts, Stage
from maas.domain.removals import Removal
from maas.entrypoints.connections import registry_client
from maas.entrypoints.sqs import sqs_handler
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.monitoring import MonitoringSettings
from maas.platform.settings.objects import ObjectSettings
from maas.platform.settings.removals import RemovalQueueSettings, RemovalSettings
from maas.security.secret_values import SecretReader
from maas.services.collecting import CollectorService
from maas.services.removal import RemovalService


class RemoverRegistry(ModelCalls, VersionCalls, UploadCalls, ContentCalls):
    """The parts of the registry that know which files are used."""


objects = read(ObjectSettings)
endpoint = read(AwsSettings).endpoint
queue = SqsRemovalQueue(read(RemovalQueueSettings).url, endpoint)
grace = read(RemovalSettings).grace
store = S3ObjectStore(objects.bucket, objects.endpoint)
registry, _ = registry_client(RemoverRegistry, SecretReader(endpoint))
measured = read(MonitoringSettings)
traces = DynamoModelTraces(measured.table, measured.endpoint)
removals = RemovalService(registry, store, queue, grace, traces)
collector = CollectorService(registry, store, queue, queue, grace)


async def work(message: RemoverMessage, _receives: int) -> None:
    match message.root:
        case RemovalMessage() as removal:
            await removals.remove(Removal(**removal.model_dump()))
        case CollectionMessage(run=run, stage=stage, after=after, counts=counts):
            found = Counts(**counts.model_dump())
            await collector.collect(Collection(run=run, stage=Stage(stage), after=after, counts=found))


runner = asyncio.Runner()
handler = ready(sqs_handler(runner, RemoverMessage, work))
