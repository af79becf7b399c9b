"""The stream of the registry's table on each table store: one image of the outbox per commit, in order."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from functions.registry.catalog.revisions import revised
from functions.registry.ports import Change, LostRace
from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from local.servers.table_stores import ENGINES
from maas.domain.catalog.models import ModelChange
from maas.domain.errors import AlreadyExists
from tests.fakes.registry import FakeRegistry
from tests.support.aws import Aws
from tests.support.registry_server import make_model, make_published, person
from tests.support.sample_records import STORED_VERSION
from tests.support.table_engines import Tables


@dataclass
class Store:
    """A table with its stream. Each call of `images` continues where the last one stopped."""

    endpoint: str
    table: str

    def __post_init__(self) -> None:
        self.repository = DynamoRepository(Table(self.table, connect(self.endpoint)))
        self.registry = FakeRegistry(self.repository)
        service: Any = "dynamodbstreams"
        unchecked = Config(parameter_validation=False)  # the ids of dynoxide's shards are shorter than the check allows
        self._streams: Any = boto3.client(service, endpoint_url=self.endpoint, config=unchecked)
        client = boto3.client("dynamodb", endpoint_url=self.endpoint)
        # DynamoDB Local refuses the iterator of an empty shard once another table was written.
        client.put_item(TableName=self.table, Item={"pk": {"S": "first"}, "sk": {"S": "first"}})
        described = client.describe_table(TableName=self.table)
        arn = described["Table"]["LatestStreamArn"]
        shards = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        started = self._streams.get_shard_iterator(
            StreamArn=arn, ShardId=shards[-1]["ShardId"], ShardIteratorType="LATEST"
        )
        self._iterator = started["ShardIterator"]

    def images(self) -> list[tuple[int, list[str]]]:
        """Returns sequence and event types of each outbox image written since the last call."""
        page = self._streams.get_records(ShardIterator=self._iterator)
        self._iterator = page["NextShardIterator"]
        news = [record["dynamodb"]["NewImage"] for record in page["Records"] if record["eventName"] != "REMOVE"]
        outboxes = [image for image in news if image["sk"]["S"] == "EVENTS"]
        return [(int(image["sequence"]["N"]), _types(image["events"]["S"])) for image in outboxes]


def _types(text: str) -> list[str]:
    return [event["type"] for event in json.loads(text)]


@pytest.fixture(params=["moto", *ENGINES])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "moto":
        aws: Aws = request.getfixturevalue("aws")
        return Store(aws.endpoint, aws.application.containers[0].environment["MAAS_REGISTRY_TABLE"])
    found: Tables = request.getfixturevalue("tables_of")(request.param)
    return Store(found.endpoint, found.table)


async def test_each_commit_writes_one_image_with_the_next_sequence(store: Store) -> None:
    by = person()
    model = await make_model(store.registry, by)
    await make_published(store.registry, by, model)
    await store.registry.delete_model(by, model.id)
    assert store.images() == [
        (1, ["ModelCreated"]),
        (3, ["VersionCreated", "ModelUpdated"]),
        (5, ["UploadStarted", "VersionStateChanged"]),
        (7, ["UploadCompleted", "VersionStateChanged"]),
        (9, ["VersionStateChanged", "ModelUpdated"]),
        (11, ["VersionStateChanged", "ModelUpdated"]),
        (12, ["ModelDeleted"]),
    ]


async def test_a_refused_write_leaves_no_event(store: Store) -> None:
    by = person()
    model = await make_model(store.registry, by)
    with pytest.raises(AlreadyExists):
        await make_model(store.registry, by)
    assert store.images() == [(1, ["ModelCreated"])]
    read = await store.repository.model(model.id)
    assert read is not None
    draft, stale = replace(STORED_VERSION, model_id=model.id), replace(read, revision=7)
    with pytest.raises(LostRace):
        await store.repository.commit(Change(None, draft), Change(stale, revised(stale)), by=by)
    await store.registry.update_model(by, model.id, ModelChange(description="after the refusals"))
    assert store.images() == [(2, ["ModelUpdated"])]


async def test_concurrent_writers_leave_no_gap_in_the_sequence(store: Store) -> None:
    by = person()
    model = await make_model(store.registry, by)

    async def write(writer: int) -> None:
        for number in range(5):
            await store.registry.update_model(by, model.id, ModelChange(description=f"{writer} {number}"))

    await asyncio.gather(*map(write, range(4)))
    assert [count for count, _ in store.images()] == [*range(1, 22)]


async def test_an_outbox_expires_after_its_model_is_deleted(store: Store) -> None:
    by = person()
    model = await make_model(store.registry, by)
    assert "expires" not in outbox(store, model.id)
    await store.registry.delete_model(by, model.id)
    assert {*outbox(store, model.id)} == {"pk", "sk", "sequence", "events", "expires"}


def outbox(store: Store, model_id: str) -> Sequence[str]:
    """Returns the attribute names of the model's outbox."""
    key = {"pk": {"S": f"EVENTS#{model_id}"}, "sk": {"S": "EVENTS"}}
    found = boto3.client("dynamodb", endpoint_url=store.endpoint).get_item(TableName=store.table, Key=key)
    return [*found["Item"]]
