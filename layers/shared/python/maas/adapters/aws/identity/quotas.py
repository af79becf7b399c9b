"""Counters of an organization's records, in its item. They are changed in the transaction of the record."""

from typing import Any

from maas.adapters.aws.identity.table import Write
from maas.wire.identity import accounts as items


def counted(tenant_id: str, counter: str, step: int, refused: Exception, limit: int = 0) -> Write:
    """The write that changes a counter, which stays at most `limit` if there is one."""
    values: dict[str, Any] = {":step": step, ":none": 0, **({":limit": limit} if limit else {})}
    room = f" AND (attribute_not_exists({counter}) OR {counter} < :limit)" if limit else ""
    arguments = {
        "Key": items.organization_key(tenant_id),
        "UpdateExpression": f"SET {counter} = if_not_exists({counter}, :none) + :step",
        "ConditionExpression": f"attribute_exists(pk){room}",
        "ExpressionAttributeValues": values,
    }
    return Write("Update", arguments, refused)
