"""A DynamoDB table for calls that wait, and its errors as the domain's."""

import functools
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore import exceptions
from botocore.exceptions import ClientError

from maas.adapters.aws import call_time
from maas.adapters.aws.dynamodb_table import DynamoTable, dynamodb_client
from maas.domain.errors import Unavailable
from maas.platform.dynamodb_errors import is_retryable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH_MAX, WRITES_MAX = 100, 25  # DynamoDB's limits of one BatchGetItem and BatchWriteItem
# About one second in all, for calls that others are in the way of.
ATTEMPTS, _FIRST, _LONGEST = 12, 0.02, 0.2


def table_of(name: str, endpoint: str) -> DynamoTable:
    """The table. An empty `endpoint` is AWS itself. Nothing is sent before the first call."""
    return DynamoTable(name, _client(endpoint))


@functools.cache
def _client(endpoint: str) -> "DynamoDBClient":
    """One for all tables of a process: each would take milliseconds to make. Threads may share it."""
    return dynamodb_client(endpoint)


@contextmanager
def unavailable(message: str) -> Iterator[None]:
    """Raises Unavailable for missing and retryable answers, and if too little time is left for the call."""
    call_time.check_time_left()
    try:
        yield
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Unavailable(message) from error
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if not is_retryable(status, error.response["Error"]["Code"]):
            raise
        raise Unavailable(message) from error


def queried(table: DynamoTable, message: str, condition: Any, **more: Any) -> Iterator[dict[str, Any]]:
    """The items of a query in its order, page after page. Raises Unavailable with the message."""
    while True:
        with unavailable(message):
            page = table.query(KeyConditionExpression=condition, **more)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        more["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def get_many(table: DynamoTable, message: str, keys: Sequence[Mapping[str, str]], **more: Any) -> list[dict[str, Any]]:
    """The items of these keys as they are stored now, without those that do not exist, in any order.

    Raises Unavailable with the message.
    """
    batches = (keys[start : start + BATCH_MAX] for start in range(0, len(keys), BATCH_MAX))
    return [item for batch in batches for item in _batch(table, message, batch, more)]


def _batch(
    table: DynamoTable, message: str, keys: Sequence[Mapping[str, str]], more: Mapping[str, Any]
) -> list[dict[str, Any]]:
    found = list[dict[str, Any]]()
    left: Any = {table.name: {"Keys": list(keys), "ConsistentRead": True, **more}}
    for attempt in range(ATTEMPTS):
        if not left:
            return found
        if attempt:
            pause(attempt)
        with unavailable(message):
            answer = table.client.batch_get_item(RequestItems=left)
        found += answer["Responses"].get(table.name, [])
        left = answer["UnprocessedKeys"]
    if left:
        raise Unavailable(message)
    return found


def write_many(table: DynamoTable, message: str, writes: Sequence[Any]) -> None:
    """Writes PutRequests and DeleteRequests, of which no two are of one key. Raises Unavailable with the message."""
    for start in range(0, len(writes), WRITES_MAX):
        left: Any = {table.name: list(writes[start : start + WRITES_MAX])}
        for attempt in range(ATTEMPTS):
            if attempt:
                pause(attempt)
            with unavailable(message):
                left = table.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
            if not left:
                break
        else:
            raise Unavailable(message)


def pause(attempt: int) -> None:
    """Waits for a random part of a time that doubles with each attempt (full jitter)."""
    time.sleep(random.uniform(0, min(_LONGEST, _FIRST * 2**attempt)))  # noqa: S311 - not a secret
