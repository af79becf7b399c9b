"""A DynamoDB table for calls that wait, and its errors as the domain's."""

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
    from mypy_boto3_dynamodb.service_resource import Table


def table_of(name: str, endpoint: str) -> "Table":
    """The table. An empty `endpoint` is AWS itself. Nothing is sent before the first call."""
    return boto3.resource("dynamodb", endpoint_url=endpoint or None, config=call_time.config()).Table(name)


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
