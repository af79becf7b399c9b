"""Wiring of the validator function: checks the files of completed uploads."""

from maas.entrypoints.cold_start import ready

import asyncio

from maas.adapters.aws.graph_summaries import S3GraphStore
from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.validation_queue import SqsValidationQueue
from maas.adapters.formats.inspection_limits import Limits
from maas.adapters.formats.inspector import ChildInspector
from maas.adapters.registry.uploads import UploadCalls
from maas.adapters.registry.versions import VersionCalls
from maas.contracts.upload_messages import FinishedUpload
from maas.entrypoints.connections import registry_client
from maas.entrypoints.sqs import sqs_handler
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.objects import ObjectSettings
from maas.platform.settings.uploads import MemorySettings, QueueSettings
from maas.security.secret_values import SecretReader
from maas.services.validation import ValidationService


class ValidatorRegistry(VersionCalls, UploadCalls):
    """The parts of the registry that a validator asks."""


objects = read(ObjectSettings)
memory = read(MemorySettings)
endpoint = read(AwsSettings).endpoint
registry, _ = registry_client(ValidatorRegistry, SecretReader(endpoint))
service = ValidationService(
    registry,
    S3ObjectStore(objects.bucket, objects.endpoint),
    S3GraphStore(objects.bucket, objects.endpoint),
    ChildInspector(Limits.of(memory.inference, memory.validator)),
    SqsValidationQueue(read(QueueSettings).url, endpoint),
)


async def check(upload: FinishedUpload, receives: int) -> None:
    await service.check(upload.upload_id, upload.tenant_id, receives)


runner = asyncio.Runner()
handler = ready(sqs_handler(runner, FinishedUpload, check))
