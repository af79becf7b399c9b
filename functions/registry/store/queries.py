"""The query behind ranges of versions."""

from datetime import datetime
from typing import Any

from functions.registry.store import items
from functions.registry.store.transactions import attributes
from maas.domain.catalog.references import Span


def published_query(model_id: str, span: Span) -> dict[str, Any]:
    """The highest two that are published in the span."""
    prefix = items.PRERELEASE_PREFIX if span.prereleases else items.RELEASE_PREFIX
    bound = {
        ":pk": items.model_key(model_id)["pk"],
        ":low": f"{prefix}{span.low}",
        ":high": f"{prefix}{span.high}",
    }
    return {
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
        "ExpressionAttributeValues": attributes(bound),
        "ScanIndexForward": False,
        "ConsistentRead": True,
        "Limit": 2,
    }


def moves_query(model_id: str, alias: str, until: datetime | None) -> dict[str, Any]:
    """An alias's moves, newest first."""
    key, prefix = items.model_key(model_id), items.move_prefix(alias)
    high = items.move_key(model_id, alias, until)["sk"] if until else f"{prefix}~"
    return {
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
        "ExpressionAttributeValues": attributes({":pk": key["pk"], ":low": prefix, ":high": high}),
        "ScanIndexForward": False,
        "ConsistentRead": True,
    }
