"""One request with an idempotency key, in a process of its own that is killed at a step.

python -m tests.support.killed_requests ENDPOINT REGISTRY_TABLE KEYS_TABLE TENANT STEP MODEL KEY

STEP is one of STEPS: a moment before or after a call of a store.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3

from functions.registry.store.client import Table
from functions.registry.store.repository import DynamoRepository
from maas.adapters.aws.key_records import DynamoKeyRecords
from maas.domain.clock import now
from maas.domain.idempotency import KeyRecord
from tests.support.http_gateway import Gateway, Reply, person
from tests.support.keyed_requests import models_function

# In the order in which a request passes them.
STEPS = ("before add", "after add", "before commit", "after commit", "before replace", "after replace")
Die = Callable[[str], None]


class DyingRepository(DynamoRepository):
    def __init__(self, table: Table, die: Die) -> None:
        super().__init__(table)
        self._die = die

    async def commit(self, *changes: Any, by: Any) -> None:
        self._die("before commit")
        await super().commit(*changes, by=by)
        self._die("after commit")


class DyingRecords(DynamoKeyRecords):
    def __init__(self, name: str, endpoint: str, die: Die) -> None:
        super().__init__(name, endpoint)
        self._die = die

    def add(self, record: KeyRecord, now: datetime) -> KeyRecord | None:
        self._die("before add")
        found = super().add(record, now)
        self._die("after add")
        return found

    def replace(self, before: KeyRecord, after: KeyRecord) -> bool:
        self._die("before replace")
        done = super().replace(before, after)
        self._die("after replace")
        return done


def function(
    endpoint: str, table: str, keys: str, tenant: str, die: Die, clock: Callable[[], datetime] = now
) -> Gateway:
    """The models function over these tables, for one caller."""
    repository = DyingRepository(Table(table, boto3.client("dynamodb", endpoint_url=endpoint)), die)
    return Gateway(models_function(repository, DyingRecords(keys, endpoint, die), clock), person(tenant=tenant))


def send(gateway: Gateway, model_id: str, key: str) -> Reply:
    """Creates the next version of a model, so that each further effect would make one more."""
    path = f"/api/v1/models/{model_id}/versions"
    return gateway("POST", path, {"bump": "patch"}, headers={"idempotency-key": key})


def main(endpoint: str, table: str, keys: str, tenant: str, step: str, model_id: str, key: str) -> None:
    def die(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    send(function(endpoint, table, keys, tenant, die), model_id, key)


if __name__ == "__main__":
    main(*sys.argv[1:])
