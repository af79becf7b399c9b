"""The lists that a model is in, and the index keys under which its items are found there (docs/decisions/0017).

A tenant has a list of all its models and one for each value that a filter can name. Lists of all tenants' models are
divided into shards. Each list can be read by time, and a tenant's lists and the public ones also by name. `facets` are
the fields of a model that filters compare.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from maas.domain.catalog.models import Model, ModelFilter, ModelSort
from maas.domain.value_rules import fold

SHARDS = tuple("01234567")


@dataclass(frozen=True, slots=True)
class ModelList:
    """`kind`: tenant, owner, framework, status, visibility or tag; or a part of the models of all tenants.

    These parts are shard, which has all models, and public.
    """

    kind: str
    value: str
    tenant_id: str = ""

    @property
    def attribute(self) -> str:
        """The attribute that is the hash key of the list's indexes."""
        return "shard" if self.kind == "shard" else f"{self.kind}_list"

    @property
    def name_attribute(self) -> str:
        """The attribute that sorts the list by name. Names are unique within a tenant alone."""
        return "name_and_id" if self.kind == "public" else "name_folded"

    @property
    def key(self) -> str:
        """The value of the hash key. A tenant's id may contain any character, so its length comes first."""
        return (
            self.value
            if self.kind in ("tenant", "shard", "public")
            else f"{len(self.tenant_id)}.{self.tenant_id}.{self.value}"
        )


def shard_of(model_id: str) -> str:
    """The shard of a model: the last hexadecimal digits of a UUIDv7 are random."""
    return SHARDS[int(model_id[-2:], 16) % len(SHARDS)]


def lists_of(model: Model) -> Iterator[ModelList]:
    """The lists that contain the model's own item; its tags have items of their own."""
    yield ModelList("shard", shard_of(model.id))
    if model.is_public:
        yield ModelList("public", shard_of(model.id))
    # A key can't be empty: a model without a tenant (created without a token) is in no tenant's lists.
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
    """The facets that the filter compares for equality, with the values it asks for."""
    texts = {"owner": narrowed.owner_id, "framework": str(narrowed.framework), "status": str(narrowed.status)}
    found: dict[str, Any] = {facet: text for facet, text in texts.items() if text}
    return found if narrowed.is_public is None else {**found, "is_public": narrowed.is_public}


def filtered_lists(tenant_id: str, narrowed: ModelFilter) -> list[ModelList]:
    """The lists that the filter names; the models it matches are in all of them."""
    named = [list_by(facet, value, tenant_id) for facet, value in equal_facets(narrowed).items()]
    return [*named, *(ModelList("tag", tag, tenant_id) for tag in narrowed.tags)]


def facets_of(model: Model) -> dict[str, Any]:
    """The fields that a filter compares; every index holds a copy of them."""
    return {
        "id": model.id,
        "name": fold(model.name),
        "owner": model.owner_id,
        "framework": str(model.framework),
        "status": str(model.status),
        "is_public": model.is_public,
        "tags": list(model.tags),
    }


def index_attributes(lists: Iterable[ModelList], model: Model) -> dict[str, Any]:
    """The attributes that put an item into the indexes of these lists."""
    facets = facets_of(model)
    keys = {one.attribute: one.key for one in lists}
    found = {**keys, "model_id": model.id, "name_folded": facets["name"], "facets": facets}
    return {**found, "name_and_id": public_position(facets, by_name=True)} if "public_list" in keys else found


def public_position(facets: dict[str, Any], *, by_name: bool) -> str:
    """The model's position in the list of public models: its id, or its folded name and its id.

    A line feed is lower than every character of a name, so `a` and its id come before `a b`.
    """
    return f"{facets['name']}\n{facets['id']}" if by_name else str(facets["id"])


def position_of(facets: dict[str, Any], sort: ModelSort) -> str:
    """The model's position in a list, unique within a tenant: its folded name or its id."""
    position: str = facets["name" if sort.by_name else "id"]
    return position
