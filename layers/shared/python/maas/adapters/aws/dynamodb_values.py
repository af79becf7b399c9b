"""DynamoDB's typed attributes as Python's values, and back, by boto3's converters."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_typed, _plain = TypeSerializer().serialize, TypeDeserializer().deserialize


def attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values in DynamoDB's form. Raises TypeError for a float: DynamoDB has decimal numbers alone."""
    return {name: _typed(value) for name, value in values.items()}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an item's attributes. Numbers are Decimals, and bytes are boto3's Binary."""
    return {name: _plain(value) for name, value in item.items()}
