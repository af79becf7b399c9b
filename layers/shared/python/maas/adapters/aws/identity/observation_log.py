"""Observations as items of the identity table, which its stream carries to the bus as it does with changes.

They are not put on the bus directly: functions inside the VPC reach tables, and EventBridge through a paid endpoint
alone (docs/decisions/0056).
"""

import boto3
from botocore import exceptions
from botocore.config import Config

from maas.adapters.aws.dynamodb_values import attributes
from maas.domain.errors import Unavailable
from maas.domain.identity.identity_event import IdentityEvent
from maas.wire.identity.events import ACCESS, events_item

# Nobody waits for it, so it may take some time; but not for ever.
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})


class DynamoObservations:
    """The ObservationLog port. An empty `endpoint` is AWS itself."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._table = table
        self._client = boto3.client("dynamodb", endpoint_url=endpoint or None, config=_CONFIG)

    def append(self, event: IdentityEvent) -> None:
        try:
            self._client.put_item(TableName=self._table, Item=attributes(events_item(ACCESS, [event])))
        except (exceptions.BotoCoreError, exceptions.ClientError) as error:
            raise Unavailable(f"the table does not take observations: {type(error).__name__}") from error
