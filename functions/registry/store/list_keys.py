"""Which lists a model is in, and under which keys its items are found there (docs/decisions/0017).

There is one list of a tenant's models, one for each value that a filter can ask for, and a few of all models.
Each can be read by time and by name. Names in `facets` are those that filters compare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from maas.domain.catalog.models import Model, ModelFilter, ModelSort
from maas.domain.value_rules import fold

SHARDS = tuple("01234567")


@dataclass(frozen=True, slots=True)
class ModelList:
    """`kind`: tenant, owner, framework, status, visibility, tag, or shard, a part of all tenants' models."""

    kind: str
    value: str
    tenant_id: str = ""

    @property
    def attribute(self) -> str:
        """The hash key of the list's indexes."""
        return {"tenant": "tenant_id", "shard": "shard"}.get(self.kind, f"{self.kind}_list")

    @property
    def key(self) -> str:
        """The hash key's value. A tenant's name may hold any character, hence its length."""
        return (
            self.value if self.kind in ("tenant", "shard") else f"{len(self.tenant_id)}.{self.tenant_id}.{self.value}"
        )


def shard_of(model_id: str) -> str:
    """The last hexadecimal digits of a UUIDv7 are random."""
    return SHARDS[int(model_id[-2:], 16) % len(SHARDS)]


def lists_of(model: Model) -> Iterator[ModelList]:
    """Those of the model's own item; its tags have items of their own."""
    yield ModelList("shard", shard_of(model.id))
    # A key can't be empty: a model without a tenant (made without a token) is in no tenant's lists.
    if model.tenant_id:
        yield ModelList("tenant", model.tenant_id, model.tenant_id)
        facets = facets_of(model)
        for facet in ("owner", "framework", "status", "is_public"):
            yield list_by(facet, facets[facet], model.tenant_id)


def tag_lists_of(model: Model) -> list[ModelList]:
    return [ModelList("tag", tag, model.tenant_id) for tag in model.tags] if model.tenant_id else []


def list_by(facet: str, value: Any, tenant_id: str) -> ModelList:
    """The list of the models whose facet has this value."""
    if facet == "is_public":
        return ModelList("visibility", "public" if value else "private", tenant_id)
    return ModelList(facet, value, tenant_id)


def equal_facets(narrowed: ModelFilter) -> dict[str, Any]:
    """The facets that the filter compares for equality, and with what."""
    texts = {"owner": narrowed.owner_id, "framework": str(narrowed.framework), "status": str(narrowed.status)}
    found: dict[str, Any] = {facet: text for facet, text in texts.items() if text}
    return found if narrowed.is_public is None else {**found, "is_public": narrowed.is_public}


def filtered_lists(tenant_id: str, narrowed: ModelFilter) -> list[ModelList]:
    """The lists that the filter names; it is about what is in all of them."""
    named = [list_by(facet, value, tenant_id) for facet, value in equal_facets(narrowed).items()]
    return [*named, *(ModelList("tag", tag, tenant_id) for tag in narrowed.tags)]


def facets_of(model: Model) -> dict[str, Any]:
    """What is copied into every index: all that a filter compares."""
    return {
        "id": model.id,
        "name": fold(model.name),
        "owner": model.owner_id,
        "framework": str(model.framework),
        "status": str(model.status),
        "is_public": model.is_public,
        "tags": list(model.tags),
    }


def listed_by(lists: Iterator[ModelList] | list[ModelList], model: Model) -> dict[str, Any]:
    """The attributes that put an item into these lists."""
    facets = facets_of(model)
    keys = {one.attribute: one.key for one in lists}
    return {**keys, "model_id": model.id, "name_folded": facets["name"], "facets": facets}


def position_of(facets: dict[str, Any], sort: ModelSort) -> str:
    """Where a model is in a list; no two of a tenant's have the same."""
    found: str = facets["name" if sort.by_name else "id"]
    return found
