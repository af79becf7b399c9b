"""The table of monitoring, whose TTL removes sketches."""

from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from maas.adapters.aws import call_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

UNREACHABLE = "figures of values can't be read or stored just now; try again"


class MonitoringTable:
    """The base of the adapters that know what is in it. An empty `endpoint` is AWS itself."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._name, self._endpoint = table, endpoint

    @cached_property
    def _table(self) -> "Table":
        """The table, with a session of its own: a thread makes it at the first call, so that no start waits for it."""
        session = boto3.Session()
        return session.resource("dynamodb", endpoint_url=self._endpoint or None, config=call_time.config()).Table(
            self._name
        )
