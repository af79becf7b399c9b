"""One DynamoDB table for asyncio: boto3 in a few threads, its errors as the domain's, and retries of conflicts."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.registry.contention import ATTEMPTS, pause
from functions.registry.store.items import Item
from functions.registry.store.transactions import Write, attributes
from functions.registry.store.typed_attributes import install, plain
from maas.domain.errors import Contended, Unavailable
from maas.platform import spans
from maas.platform.dynamodb_errors import INVALID, REFUSED, cancellation_reasons, is_retryable
from maas.platform.observability import logger
from maas.platform.request_context import CURRENT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

# More threads make boto3 slower: the GIL limits it, and not the network.
WORKERS = 8
# About two seconds in all, within which even ten processes that count for one organization get their turn.
TRANSACTION_ATTEMPTS = 2 * ATTEMPTS
BATCH_MAX, READ_MAX = 25, 100  # DynamoDB's limits of one BatchWriteItem, and of one BatchGetItem


def connect(endpoint: str) -> "DynamoDBClient":
    """A client; an empty `endpoint` is AWS itself.

    A call that gets no answer is sent a second time within the deadline of the registry's callers, which is 5 s. The
    repeat of a transaction carries the same ClientRequestToken, by which DynamoDB recognises it for 10 minutes.
    """
    config = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=WORKERS,
    )
    client = boto3.client("dynamodb", endpoint_url=endpoint or None, config=config)
    install(client)
    return client


class Table:
    """Every method raises Unavailable when DynamoDB does not answer, or answers with an error that may pass."""

    def __init__(self, name: str, client: "DynamoDBClient") -> None:
        self.name = name
        self._client = client
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="dynamodb")

    async def get(self, key: Item) -> Item | None:
        answer = await self._run(self._client.get_item, TableName=self.name, Key=attributes(key), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    async def get_many(self, keys: Sequence[Item], *, consistent: bool = False) -> list[Item]:
        """The items of at most READ_MAX keys, without those that do not exist, in any order.

        The read is eventually consistent unless `consistent`, which costs twice as much.
        """
        return (await self.get_across({self: keys}, consistent=consistent))[self]

    async def get_across(
        self, wanted: Mapping["Table", Sequence[Item]], *, consistent: bool = False
    ) -> Mapping["Table", list[Item]]:
        """The items of at most READ_MAX keys of several tables, as in get_many. It is one request, by this client."""
        found: dict[Table, list[Item]] = {table: [] for table in wanted}
        left: Mapping[str, Any] = {
            table.name: {"Keys": [attributes(key) for key in keys], "ConsistentRead": consistent}
            for table, keys in wanted.items()
            if keys
        }
        for attempt in range(ATTEMPTS):
            if not left:
                return found
            if attempt:
                await pause(attempt)
            answer = await self._run(self._client.batch_get_item, RequestItems=left)
            for table, items in found.items():
                items += [plain(item) for item in answer["Responses"].get(table.name, ())]
            left = answer["UnprocessedKeys"]
        if left:
            raise Unavailable("the store is busy; try again")
        return found

    async def put(self, item: Item) -> None:
        """Stores one item, in place of another one with its key."""
        await self._run(self._client.put_item, TableName=self.name, Item=attributes(item))

    async def update(self, key: Item, change: Mapping[str, Any]) -> bool:
        """Changes one item by UpdateItem's arguments, with plain values. Returns False if the condition fails."""
        values = attributes(change["ExpressionAttributeValues"])
        request = {"Key": attributes(key), **change, "ExpressionAttributeValues": values}
        try:
            await self._run(self._client.update_item, TableName=self.name, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    async def query(self, **arguments: Any) -> AsyncIterator[Mapping[str, Any]]:
        """Every page of a Query as boto3 returns it, its items in typed attributes."""
        while True:
            page = await self._run(self._client.query, TableName=self.name, **arguments)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    async def transact(self, writes: Sequence[Write]) -> None:
        """Commits all writes, or none.

        Raises:
            MaasError, LostRace: the `refused` of the first write whose condition fails.
            Contended: another transaction was in the way at every attempt.
        """
        request = [{write.kind: {"TableName": self.name, **write.arguments}} for write in writes]
        for attempt in range(TRANSACTION_ATTEMPTS):
            reasons = await self._transact_once(request)
            for write, reason in zip(writes, reasons, strict=False):
                if reason == REFUSED:
                    raise write.refused
            if not reasons:
                return
            await pause(attempt)
        raise Contended("others keep changing this; try again")

    async def delete(self, keys: Sequence[Item]) -> None:
        """Deletes items without conditions, in batches."""
        for start in range(0, len(keys), BATCH_MAX):
            batch = [{"DeleteRequest": {"Key": attributes(key)}} for key in keys[start : start + BATCH_MAX]]
            await self._delete_batch({self.name: batch})

    async def _delete_batch(self, left: Mapping[str, Any]) -> None:
        for attempt in range(ATTEMPTS):
            answer = await self._run(self._client.batch_write_item, RequestItems=left)
            left = answer["UnprocessedItems"]
            if not left:
                return
            await pause(attempt)
        raise Unavailable("the store is busy; try again")

    async def _transact_once(self, request: Sequence[Any]) -> list[str]:
        """The reason why each write was refused; an empty list if the transaction was committed."""
        try:
            await self._run(self._client.transact_write_items, TransactItems=request)
        except ClientError as error:
            reasons = cancellation_reasons(error)
            if not reasons or INVALID in reasons:
                raise
            return reasons
        return []

    async def _run(self, call: Callable[..., T], **arguments: Any) -> T:
        started = time.perf_counter()
        try:
            return await self._called(call, arguments)
        finally:
            if spans.is_on():
                name, request = f"DynamoDB {call.__name__}", CURRENT.get()
                seconds = time.perf_counter() - started
                spans.child_ended(request.trace if request else None, name, spans.Kind.CLIENT, seconds)

    async def _called(self, call: Callable[..., T], arguments: Mapping[str, Any]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, **arguments))
        except BotoCoreError as error:
            logger.warning("DynamoDB does not answer", reason=type(error).__name__)
            raise Unavailable("the registry's store does not answer") from error
        except ClientError as error:
            status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
            if not is_retryable(status, code):
                raise
            if status < 500:
                logger.warning("DynamoDB is busy", reason=code)
                raise Unavailable("the registry's store is busy") from error
            # This may last, such as on the full disk of one machine. The log has the store's own text.
            logger.warning("DynamoDB fails", reason=code, detail=error.response["Error"]["Message"])
            raise Unavailable("the registry's store could not do this; the registry's log has the reason") from error


def query_of(condition: str, bound: Mapping[str, str]) -> dict[str, Any]:
    """Arguments of a consistent Query."""
    return {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": attributes(dict(bound)),
        "ConsistentRead": True,
    }


def values(page: Mapping[str, Any]) -> list[Item]:
    """The items of a Query's page as plain values."""
    return [plain(item) for item in page["Items"]]
