"""Versions that a release without sets of files has stored have a digest as others do."""

from typing import Any

import boto3
import pytest

from functions.registry.store.client import Table
from functions.registry.store.items import version_key
from functions.registry.store.repository import DynamoRepository
from functions.registry.store.transactions import attributes
from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import Version
from maas.domain.identity.principals import Principal, Role
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import make_draft, make_model, make_published, person
from tests.support.table_engines import Tables


class Earlier:
    """A registry with a model whose version an earlier release has checked, and what the version was before."""

    def __init__(self, tables: Tables) -> None:
        self._client: Any = boto3.client("dynamodb", endpoint_url=tables.endpoint)
        self._table = tables.table
        self.registry = FakeRegistry(DynamoRepository(Table(tables.table, self._client)))

    async def make(self, by: Principal) -> tuple[Model, Version]:
        model = await make_model(self.registry, by)
        version = await make_published(self.registry, by, model)
        await make_draft(self.registry, by, model, "2.0.0")
        for number in ("1.0.0", "2.0.0"):
            self._client.update_item(
                **self._of(model, number), UpdateExpression="REMOVE digest, file_count, total_size"
            )
        return model, version

    def stored(self, model: Model) -> Any:
        return self._client.get_item(**self._of(model, "1.0.0"))["Item"]

    def _of(self, model: Model, number: str) -> dict[str, Any]:
        return {"TableName": self._table, "Key": attributes(version_key(model.id, number))}


@pytest.fixture
def earlier(tables: Tables) -> Earlier:
    return Earlier(tables)


async def test_a_version_of_before_has_the_digest_that_it_would_have_now(earlier: Earlier) -> None:
    by = person("", Role.ADMIN)
    model, version = await earlier.make(by)
    assert "digest" not in earlier.stored(model)
    found = await earlier.registry.get_version(by, model.id, "latest")
    assert found.digest == version.digest != ""
    assert (found.file_count, found.total_size) == (1, version.total_size)
    listed = (await earlier.registry.list_versions(by, model.id, limit=10, cursor="")).items
    assert {each.version: each.digest for each in listed} == {"2.0.0": "", "1.0.0": version.digest}
    files = await earlier.registry.list_files(by, model.id, "1.0.0")
    assert (files.digest, files.version.digest) == (version.digest, version.digest)


async def test_a_change_of_a_version_of_before_stores_its_digest(earlier: Earlier) -> None:
    by = person("", Role.ADMIN)
    model, version = await earlier.make(by)
    changed = await earlier.registry.deprecate_version(by, model.id, "1.0.0")
    assert changed.digest == version.digest
    assert earlier.stored(model)["digest"] == {"S": version.digest}
