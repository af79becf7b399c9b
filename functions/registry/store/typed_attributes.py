"""DynamoDB's typed attributes as plain values, read from an answer without botocore's and boto3's own conversions.

botocore compares each attribute of an answer with its model of the service, and boto3 converts it in a second pass. For
a page of 50 models both take 7 ms of CPU time, and this takes 1. Items of the registry have no binary values and no
sets, which would need a conversion of their own.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_READS = ("GetItem", "Query", "BatchGetItem")
_ITEMS = ("Item", "Items", "Responses")


def install(client: "DynamoDBClient") -> None:
    """Makes the client return the items of answers as they are. All else in an answer is still parsed by botocore."""
    for operation in _READS:
        client.meta.events.register(f"before-parse.dynamodb.{operation}", _take_items)


def _take_items(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    if response_dict["status_code"] >= 300:
        return
    with suppress(ValueError):  # a broken answer, which botocore reports
        body = json.loads(response_dict["body"])
        customized_response_dict.update({name: body.pop(name) for name in _ITEMS if name in body})
        response_dict["body"] = json.dumps(body).encode()


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an item's attributes. Numbers are Decimals, as boto3's."""
    return {name: _plain(typed) for name, typed in item.items()}


def _plain(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return Decimal(value)
        case "L":
            return [_plain(each) for each in value]
        case "M":
            return plain(value)
        case "NULL":
            return None
    raise TypeError(kind)
