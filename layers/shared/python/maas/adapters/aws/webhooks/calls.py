"""Calls of the table of deliveries, for threads that share one client."""

from collections.abc import Mapping
from typing import Any

from maas.adapters.aws.dynamodb_calls import table_of, unavailable

UNREACHABLE = "deliveries can't be read or changed just now; try again"


class DeliveryTable:
    """The table. Nothing is sent before the first call; each call may raise Unavailable."""

    def __init__(self, name: str, endpoint: str = "") -> None:
        self.resource = table_of(name, endpoint)

    def get(self, key: Mapping[str, str]) -> dict[str, Any] | None:
        with unavailable(UNREACHABLE):
            return self.resource.get_item(Key=key, ConsistentRead=True).get("Item")

    def update(
        self, key: Mapping[str, str], change: str, values: Mapping[str, Any], condition: str = ""
    ) -> dict[str, Any] | None:
        """The item after the change; None if the condition is not met."""
        more: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        if values:
            more["ExpressionAttributeValues"] = values
        with unavailable(UNREACHABLE):
            try:
                found = self.resource.update_item(Key=key, UpdateExpression=change, ReturnValues="ALL_NEW", **more)
            except self.resource.client.exceptions.ConditionalCheckFailedException:
                return None
        item: dict[str, Any] = found["Attributes"]
        return item

    def put_new(self, item: Mapping[str, Any]) -> bool:
        """Returns False if there is an item with this key."""
        with unavailable(UNREACHABLE):
            try:
                self.resource.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")
            except self.resource.client.exceptions.ConditionalCheckFailedException:
                return False
        return True
