"""The identity table (DynamoDB): consistent reads, and its errors as the domain's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore import exceptions
from botocore.exceptions import ClientError

from maas.adapters.aws import call_time
from maas.domain.errors import Unavailable
from maas.platform.dynamodb_errors import is_retryable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

UNREACHABLE = "accounts can't be read or changed just now; try again"


class IdentityTable:
    """The table of organizations, their members and credentials, for the adapters beside this module.

    An empty `endpoint` is AWS itself. Nothing is sent before the first call.
    """

    def __init__(self, name: str, endpoint: str = "") -> None:
        dynamodb = boto3.resource("dynamodb", endpoint_url=endpoint or None, config=call_time.config())
        self.resource: Table = dynamodb.Table(name)

    def get(self, key: Mapping[str, str]) -> dict[str, Any] | None:
        """The item as it is stored now; None if there is none. Raises Unavailable."""
        with translated_errors():
            return self.resource.get_item(Key=key, ConsistentRead=True).get("Item")


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raises Unavailable for missing and retryable answers, and if too little time is left for the call."""
    call_time.check_time_left()
    try:
        yield
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Unavailable(UNREACHABLE) from error
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if not is_retryable(status, error.response["Error"]["Code"]):
            raise
        raise Unavailable(UNREACHABLE) from error
