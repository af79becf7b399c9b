"""Wiring of the validator function: checks finished uploads."""

import asyncio

from maas.adapters.graphs import S3GraphStore
from maas.adapters.objects import S3ObjectStore
from maas.adapters.onnx_inspector import OnnxInspector
from maas.adapters.registry import GrpcRegistry
from maas.contracts.messages import FinishedUpload
from maas.keyring import Keys
from maas.services.validation import ValidationService
from maas.settings import AwsSettings, ObjectSettings, RegistrySettings, read
from maas.workers import sqs_handler

registry = read(RegistrySettings)
objects = read(ObjectSettings)
service = ValidationService(
    GrpcRegistry(registry.address, Keys.of(registry.secret, read(AwsSettings).endpoint), registry.roots),
    S3ObjectStore(objects.bucket, objects.endpoint),
    S3GraphStore(objects.bucket, objects.endpoint),
    OnnxInspector(),
)


async def check(upload: FinishedUpload) -> None:
    await service.check(upload.upload_id, upload.tenant_id)


runner = asyncio.Runner()
handler = sqs_handler(runner, FinishedUpload, check)
