"""Stores of a stack in memory, as far as backups use them."""

import contextlib
import io
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import ClientError

from local.archives.place import Place
from local.archives.records import ARTIFACTS, AUDIT, AUDIT_LOG, IDENTITY, REGISTRY

Item = dict[str, Any]


@dataclass
class FakeBackupStores:
    """Tables, objects and secrets, with the methods of the clients of all stores.

    `objects` has contents by key and version id. Reading those whose keys are in `damaged` fails as
    with MinIO. `on_snapshot` is called after the tables were read.
    """

    tables: dict[str, list[Item]] = field(default_factory=lambda: {REGISTRY: [], IDENTITY: [], AUDIT: []})
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    damaged: dict[str, Literal["InternalError", "SlowDownRead", "broken off"]] = field(default_factory=dict)
    secret_values: dict[str, dict[str, str]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    on_snapshot: Callable[[], None] = lambda: None
    refused_writes: int = 0

    def get_paginator(self, _operation: str) -> "FakeBackupStores":
        return self

    def paginate(self, TableName: str, **_more: Any) -> Iterator[dict[str, Any]]:  # noqa: N803
        yield {"Items": [dict(item) for item in self.tables[TableName]]}

    def scan(self, TableName: str, Limit: int) -> dict[str, Any]:  # noqa: N803
        return {"Items": self.tables[TableName][:Limit]}

    def get_item(self, TableName: str, Key: Item, ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        assert ConsistentRead
        found = [item for item in self.tables[TableName] if Key.items() <= item.items()]
        return {"Item": found[-1]} if found else {}

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """Refuses the second half of each of the first `refused_writes` batches."""
        [(table, requests)] = RequestItems.items()
        taken = len(requests) // 2 if self.refused_writes else len(requests)
        self.refused_writes = max(0, self.refused_writes - 1)
        self.tables[table] += [request["PutRequest"]["Item"] for request in requests[:taken]]
        return {"UnprocessedItems": {table: requests[taken:]} if taken < len(requests) else {}}

    def get_object(self, Bucket: str, Key: str, VersionId: str = "") -> dict[str, Any]:  # noqa: N803
        versions = [version for key, version in self.objects if key == Key and VersionId in ("", version)]
        if not versions:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        damage, content = self.damaged.get(Key), self.objects[Key, versions[-1]]
        if damage in ("InternalError", "SlowDownRead"):
            raise ClientError({"Error": {"Code": damage, "Message": "file is corrupted"}}, "GetObject")
        body = io.BytesIO(content[: len(content) // 2] if damage else content)
        return {"Body": body, "ContentLength": len(content), "ContentType": "application/json"}

    def upload_fileobj(self, content: Any, _bucket: str, key: str, Callback: Any, **_more: Any) -> None:  # noqa: N803
        self.objects[key, f"new {len(self.objects)}"] = content.read()
        Callback(1)

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_more: Any) -> None:  # noqa: N803
        assert Bucket == "audit"
        if any(key == Key for key, _ in self.objects):
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
        self.objects[Key, f"new {len(self.objects)}"] = Body

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        return {"VersionId": [version for key, version in self.objects if key == Key][-1]}

    def describe_secret(self, SecretId: str) -> dict[str, Any]:  # noqa: N803
        return {"VersionIdsToStages": {stage: [stage] for stage in self.secret_values[SecretId]}}

    def get_secret_value(self, SecretId: str, VersionStage: str) -> dict[str, Any]:  # noqa: N803
        return {"SecretString": self.secret_values[SecretId][VersionStage]}

    def put_secret_value(self, SecretId: str, SecretString: str, VersionStages: list[str]) -> None:  # noqa: N803
        values, [stage] = self.secret_values[SecretId], VersionStages
        if stage == "AWSCURRENT" and stage in values:
            values["AWSPREVIOUS"] = values[stage]
        values[stage] = SecretString

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        self.messages.append(MessageBody)

    def place(self) -> Place:
        stores: Any = self
        tables, secrets = {name: name for name in self.tables}, {name: name for name in self.secret_values}
        buckets = {ARTIFACTS: "bucket", AUDIT_LOG: "audit"}
        return Place(stores, stores, stores, stores, tables, buckets, secrets, "queue")

    @contextlib.asynccontextmanager
    async def snapshot(self, _scratch: Path) -> AsyncIterator[Any]:
        yield self
        self.on_snapshot()
