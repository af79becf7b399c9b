"""Partitions of a model in the table of monitoring, so that a deleted model's can be found.

- `MODEL#<tenant>#<model>`, `<kind>#<name>`: `partitions` has the keys of partitions with items of the model

An item outlives what it names.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

# Partitions of one item, which DynamoDB limits to 400 KB. A key of a caller has 255 characters of four bytes at most.
_PARTITIONS_MAX = 200


class Trace(StrEnum):
    """SKETCH and BASELINE are of a version, KEPT has predictions of one flush, ROLLOUT is of a rollout."""

    SKETCH = "SKETCH"
    BASELINE = "BASELINE"
    KEPT = "KEPT"
    ROLLOUT = "ROLLOUT"


def index(tenant_id: str, model_id: str) -> str:
    return f"MODEL#{tenant_id}#{model_id}"


def trace_items(
    tenant_id: str, model_id: str, kind: Trace, name: str, partitions: Sequence[str], expires: int | None = None
) -> Iterator[dict[str, Any]]:
    """The items that note partitions, which do not expire without `expires`, in seconds since 1970."""
    for start in range(0, len(partitions), _PARTITIONS_MAX):
        key = {"pk": index(tenant_id, model_id), "sk": f"{kind}#{name}" + (f"#{start}" if start else "")}
        found = {**key, "partitions": [*partitions[start : start + _PARTITIONS_MAX]]}
        yield found if expires is None else {**found, "expires": expires}


def partitions_of(item: Mapping[str, Any]) -> Sequence[str]:
    return [str(each) for each in item["partitions"]]
