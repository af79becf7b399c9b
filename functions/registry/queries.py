"""The queries behind lists of models and ranges of versions."""

from datetime import datetime
from typing import Any

from functions.registry import items
from functions.registry.ports import ModelQuery
from functions.registry.transactions import attributes
from maas.domain.models import ModelFilter
from maas.domain.references import Span

# Read per request while a filter throws items away: few round trips, and no page near DynamoDB's 1 MB.
SCANNED = 300


def index_queries(query: ModelQuery, after: str = "") -> list[dict[str, Any]]:
    """One Query of a tenant's index, or one for each shard of the index of all; newest first, older than `after`."""
    if query.tenant_id is None:
        return [_query("by_shard", "shard", shard, query.narrowed, after) for shard in items.SHARDS]
    return [_query("by_tenant", "tenant_id", query.tenant_id, query.narrowed, after)]


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


def is_filtered(narrowed: ModelFilter) -> bool:
    return narrowed != ModelFilter()


def _query(index: str, key: str, value: str, narrowed: ModelFilter, after: str) -> dict[str, Any]:
    names, bound = {"#key": key}, {":key": value}
    condition = "#key = :key"
    if after:
        condition += " AND model_id < :after"
        bound[":after"] = after
    conditions = _conditions(narrowed, names, bound)
    arguments: dict[str, Any] = {"FilterExpression": " AND ".join(conditions)} if conditions else {}
    return {
        "IndexName": index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": attributes(bound),
        "ScanIndexForward": False,
        **arguments,
    }


def _conditions(narrowed: ModelFilter, names: dict[str, str], bound: dict[str, Any]) -> list[str]:
    """The filter's conditions; the names and values they use are added to `names` and `bound`."""
    found = []
    exact = {
        "name_folded": narrowed.name,
        "framework": str(narrowed.framework),
        "status": str(narrowed.status),
        "owner_id": narrowed.owner_id,
    }
    for name, value in exact.items():
        if value:
            found.append(f"#{name} = :{name}")
            names[f"#{name}"], bound[f":{name}"] = name, value
    if narrowed.q:
        found.append("begins_with(#q, :q)")
        names["#q"], bound[":q"] = "name_folded", narrowed.q
    for number, tag in enumerate(narrowed.tags):
        found.append(f"contains(#tags, :tag{number})")
        names["#tags"], bound[f":tag{number}"] = "tags", tag
    if narrowed.is_public is not None:
        found.append("#is_public = :is_public")
        names["#is_public"], bound[":is_public"] = "is_public", narrowed.is_public
    return found
