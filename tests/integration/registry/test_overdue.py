"""The registry's process fails overdue versions by itself."""

import asyncio
from datetime import timedelta

import boto3
import pytest

from functions.registry.catalog import overdue
from functions.registry.container import Registry
from functions.registry.settings import Settings
from functions.registry.store.client import Table
from functions.registry.store.repository import DynamoRepository
from maas.domain.catalog.versions import VersionState
from maas.domain.uploads.validation import OVERDUE
from maas.platform.environment import read
from maas.platform.settings.registry import CacheSettings
from tests.fakes.registry import FakeRegistry
from tests.support.aws import Aws
from tests.support.registry_server import SHA256, make_draft, make_model, make_upload, person


async def test_a_running_registry_fails_overdue_versions(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FIRST": 0.1, "PERIOD": 0.1, "VALIDATING_MAX": timedelta()}.items():
        monkeypatch.setattr(overdue, name, value)
    declared = aws.application.containers[0].environment
    with aws.empty_registry_table() as table:
        store = DynamoRepository(Table(table, boto3.client("dynamodb", endpoint_url=aws.endpoint)))
        writer, by = FakeRegistry(store), person()
        model = await make_model(writer, by)
        await make_draft(writer, by, model)
        await writer.complete_upload(by, (await make_upload(writer, by, model)).id, SHA256)
        changed = {"MAAS_REGISTRY_TABLE": table, "MAAS_REGISTRY_LISTEN": "127.0.0.1:0"}
        registry = Registry(read(Settings, {**declared, **changed}), CacheSettings())
        await registry.start()
        try:
            for _ in range(200):
                version = await writer.get_version(by, model.id, "1.0.0")
                if version.state is not VersionState.VALIDATING:
                    break
                await asyncio.sleep(0.1)
        finally:
            await registry.stop()
        assert (version.state, version.failure) == (VersionState.FAILED, OVERDUE)
