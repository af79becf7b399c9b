"""A table of DynamoDB with attributes as Python's values, as boto3's own Table has them.

boto3 makes that one by its factory of resources. This takes as long as the client itself, because it looks for all
services on the disk and builds a class. The transformations of values do not need the factory.
"""

from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.transform import TransformationInjector, copy_dynamodb_params

from maas.adapters.aws import call_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoTable:
    """Calls about one table. `client` is for those about several; it has the same values."""

    def __init__(self, name: str, client: "DynamoDBClient") -> None:
        self.name, self.client = name, client

    def get_item(self, **arguments: Any) -> dict[str, Any]:
        return self._call("get_item", arguments)

    def put_item(self, **arguments: Any) -> dict[str, Any]:
        return self._call("put_item", arguments)

    def update_item(self, **arguments: Any) -> dict[str, Any]:
        return self._call("update_item", arguments)

    def delete_item(self, **arguments: Any) -> dict[str, Any]:
        return self._call("delete_item", arguments)

    def query(self, **arguments: Any) -> dict[str, Any]:
        return self._call("query", arguments)

    def _call(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self.client, method)(TableName=self.name, **arguments)
        return answer


def dynamodb_client(endpoint: str, session: boto3.Session | None = None) -> "DynamoDBClient":
    """A client that takes and gives attributes as Python's values. An empty `endpoint` is AWS itself.

    Nothing is sent before the first call.
    """
    make = session.client if session else boto3.client
    client = make("dynamodb", endpoint_url=endpoint or None, config=call_time.config())
    events, injector = client.meta.events, TransformationInjector()
    events.register("provide-client-params.dynamodb", copy_dynamodb_params)
    events.register("before-parameter-build.dynamodb", injector.inject_condition_expressions)
    events.register("before-parameter-build.dynamodb", injector.inject_attribute_value_input)
    events.register("after-call.dynamodb", injector.inject_attribute_value_output)
    return client
