"""Conditions of writes in the identity table."""

from collections.abc import Mapping, Sequence
from typing import Any


def unchanged(before: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The arguments of a write that finds these attributes of an existing item as they are in `before`."""
    as_read = [f"#{n} = :was_{n}" if n in before else f"attribute_not_exists(#{n})" for n in names]
    return {
        "ConditionExpression": " AND ".join(["attribute_exists(pk)", *as_read]),
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
        "ExpressionAttributeValues": {f":was_{name}": before[name] for name in names if name in before},
    }
