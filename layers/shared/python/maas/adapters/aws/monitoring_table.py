"""The table of monitoring, whose TTL removes sketches."""

from functools import cached_property

import boto3

from maas.adapters.aws.dynamodb_calls import dynamodb_client
from maas.adapters.aws.dynamodb_table import DynamoTable

_UNREACHABLE = "figures of values can't be read or stored just now; try again"


class MonitoringTable:
    """The base of the adapters that know what is in it. An empty `endpoint` is AWS itself."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._name, self._endpoint = table, endpoint

    @cached_property
    def _table(self) -> DynamoTable:
        """The table, with a session of its own: a thread makes it at the first call, so that no start waits for it."""
        return DynamoTable(self._name, dynamodb_client(self._endpoint, boto3.Session()), _UNREACHABLE)
