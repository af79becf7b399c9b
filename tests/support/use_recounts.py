"""The use of an organization, counted from the records in a table, and operations that change it."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3

from functions.registry.ports import Repository
from functions.registry.store.client import Table
from functions.registry.store.items import Item
from functions.registry.store.transactions import Write
from functions.registry.store.typed_attributes import plain
from functions.registry.uses import COUNTED, of_version
from maas.domain.catalog.models import ModelFilter, WantedPage
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import MaasError, NotFound, Unavailable
from maas.domain.identity.principals import Principal, validator
from maas.domain.quotas import Quota
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import SHA256, artifact, make_draft, make_model, make_upload
from tests.support.table_engines import Tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NUMBERS = [f"1.0.{patch}" for patch in range(4)]


class CrashingTable(Table):
    """Fails one in `one_in` of its writes: before it, or after it as if only the answer were lost; 0 fails none."""

    def __init__(self, name: str, client: "DynamoDBClient", rng: random.Random, one_in: int) -> None:
        super().__init__(name, client)
        self._rng, self.one_in = rng, one_in
        self.crashes = 0

    async def transact(self, writes: Sequence[Write]) -> None:
        self._may_crash()
        await super().transact(writes)
        self._may_crash()

    async def delete(self, keys: Sequence[Item]) -> None:
        self._may_crash()
        await super().delete(keys[: len(keys) // 2])
        self._may_crash()
        await super().delete(keys[len(keys) // 2 :])

    def _may_crash(self) -> None:
        if self.one_in and not self._rng.randrange(self.one_in):
            self.crashes += 1
            raise Unavailable("the store does not answer")


class Operations:
    """Random creations, uploads, results and deletions of one organization, by several callers at once."""

    def __init__(self, stores: Sequence[Repository], by: Principal, rng: random.Random) -> None:
        self._registries = [FakeRegistry(store) for store in stores]
        self._by, self._rng = by, rng
        self._models: list[Any] = []
        self._uploads: list[str] = []
        self.outcomes = Counter[str]()

    async def run(self, steps: int) -> None:
        kinds = ["create"] * 2 + ["draft"] * 4 + ["start"] * 5 + ["complete", "record"] * 3
        kinds += ["abort", "publish", "drop", "delete"]
        for _ in range(steps):
            kind = self._rng.choice(kinds)
            try:
                await getattr(self, f"_{kind}")(self._rng.choice(self._registries))
                self.outcomes[kind] += 1
            except MaasError as error:
                self.outcomes[type(error).__name__] += 1

    async def _create(self, registry: FakeRegistry) -> None:
        name = f"model {self._rng.random()}"
        version = self._rng.choice([None, "0.1.0"])
        try:
            self._models.append(await make_model(registry, self._by, name, version=version))
        except Unavailable:  # it may be there all the same, and models that no operation knows would fill the quota
            page = await registry.list_models(self._by, ModelFilter(), WantedPage(limit=100))
            self._models = [*reversed(page.items)]
            raise

    async def _draft(self, registry: FakeRegistry) -> None:
        await make_draft(registry, self._by, self._one(self._models), self._rng.choice(NUMBERS))

    async def _start(self, registry: FakeRegistry) -> None:
        number, replace = self._rng.choice(NUMBERS), self._rng.random() < 0.3
        size = self._rng.randint(1, 40)
        upload = await make_upload(registry, self._by, self._one(self._models), number, size=size, replace=replace)
        self._uploads.append(upload.id)

    async def _complete(self, registry: FakeRegistry) -> None:
        await registry.complete_upload(self._by, self._one(self._uploads), SHA256)

    async def _record(self, registry: FakeRegistry) -> None:
        upload = await registry.get_upload(self._by, self._one(self._uploads))
        outcome = artifact(upload) if self._rng.random() < 0.7 else "it is not ONNX"
        await registry.record_validation(validator(self._by.tenant_id), upload.id, outcome)

    async def _abort(self, registry: FakeRegistry) -> None:
        await registry.abort_upload(self._by, self._one(self._uploads))

    async def _publish(self, registry: FakeRegistry) -> None:
        await registry.publish_version(self._by, self._one(self._models).id, self._rng.choice(NUMBERS), force="a test")

    async def _drop(self, registry: FakeRegistry) -> None:
        await registry.delete_version(self._by, self._one(self._models).id, self._rng.choice(NUMBERS))

    async def _delete(self, registry: FakeRegistry) -> None:
        await registry.delete_model(self._by, self._one(self._models).id)

    def _one(self, known: Sequence[Any]) -> Any:
        if not known:
            raise NotFound("nothing is there yet")
        return self._rng.choice(known[-8:])


def items_of(tables: Tables, tenant_id: str) -> list[Item]:
    """The models and versions of an organization, as they are stored."""
    client: Any = boto3.client("dynamodb", endpoint_url=tables.endpoint)
    pages = client.get_paginator("scan").paginate(TableName=tables.table, ConsistentRead=True)
    found = (plain(item) for page in pages for item in page["Items"])
    return [item for item in found if item.get("tenant_id") == tenant_id and item["pk"].startswith("MODEL#")]


def recounted(tables: Tables, tenant_id: str) -> Mapping[Quota, int]:
    """The use of an organization as its records say. Versions of deleted models are no part of it."""
    items = items_of(tables, tenant_id)
    models = {item["pk"] for item in items if item["sk"] == "MODEL"}
    total = Counter(dict.fromkeys(COUNTED, 0)) + Counter({Quota.MODELS: len(models)})
    for item in items:
        if item["sk"].startswith("VERSION#") and item["pk"] in models:
            total.update(of_version(VersionState(item["state"]), int(item["stored_bytes"])))
    return {quota: total[quota] for quota in COUNTED}


def left_behind(tables: Tables, tenant_id: str) -> list[str]:
    """The versions of deleted models."""
    items = items_of(tables, tenant_id)
    models = {item["pk"] for item in items if item["sk"] == "MODEL"}
    return [f"{item['pk']} {item['sk']}" for item in items if item["pk"] not in models]


async def used(store: Repository, tenant_id: str) -> Mapping[Quota, int]:
    return {usage.quota: usage.use for usage in await store.usage(tenant_id)}
