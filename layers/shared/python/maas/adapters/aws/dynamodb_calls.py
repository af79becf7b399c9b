"""Calls of DynamoDB that wait: their client, its errors as the domain's, and pauses between attempts."""

import functools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore import exceptions
from botocore.exceptions import ClientError

from maas.adapters.aws import call_time
from maas.domain.errors import Unavailable
from maas.platform.dynamodb_errors import is_retryable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# About one second in all, for calls that others are in the way of.
ATTEMPTS, _FIRST, _LONGEST = 12, 0.02, 0.2


def dynamodb_client(endpoint: str, session: boto3.Session | None = None) -> "DynamoDBClient":
    """A client. An empty `endpoint` is AWS itself. Nothing is sent before the first call."""
    make = session.client if session else boto3.client
    return make("dynamodb", endpoint_url=endpoint or None, config=call_time.config())


@functools.cache
def shared_client(endpoint: str) -> "DynamoDBClient":
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


def pause(attempt: int) -> None:
    """Waits for a random part of a time that doubles with each attempt (full jitter)."""
    time.sleep(random.uniform(0, min(_LONGEST, _FIRST * 2**attempt)))  # noqa: S311 - not a secret
