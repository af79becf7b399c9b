"""Reads the list of all tenants' public models: one request to each shard of an index, then the models themselves."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from functions.registry.ports import Found, ModelQuery
from functions.registry.records import model_of
from functions.registry.store import items
from functions.registry.store.client import Table, values
from functions.registry.store.list_keys import SHARDS, ModelList, facets_of, public_position
from functions.registry.store.list_queries import Plan, Range, contradicts_itself, names, times
from functions.registry.stored import StoredModel

Facets = dict[str, Any]

# Entries of a shard that a page with a filter reads. Eight shards of some 300 bytes an entry are about 100 read units.
_FILTERED = 300


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a shard that was read. `end` is the position up to which it was read; empty if that is its end."""

    entries: list[Facets]
    end: str


class PublicModels:
    """Pages of the list. Its indexes are eventually consistent; a model that has become private is left out at once."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def page(self, query: ModelQuery, *, limit: int, after: str = "") -> Found:
        """Implements functions.registry.ports.Repository.public_models."""
        if contradicts_itself(query.narrowed):
            return Found(())
        parts = await asyncio.gather(*(self._read(plan, limit, after) for plan in _plans(query, after)))
        entries, last = _merged(parts, query, limit)
        return Found(tuple(await self._models(entries, query)), last)

    async def _read(self, plan: Plan, limit: int, after: str) -> _Part:
        """One request. It reads one entry more than a page, and one for the position `after`, which is included."""
        size = _FILTERED if plan.compares else limit + 2
        arguments = {**plan.arguments(), "Limit": size, "ProjectionExpression": "facets"}
        async for page in self._table.query(**arguments):
            entries = [item["facets"] for item in values(page)]
            sort_key = plan.model_list.name_attribute if plan.by_name else "model_id"
            end = page.get("LastEvaluatedKey", {}).get(sort_key, {}).get("S", "")
            return _Part([one for one in entries if public_position(one, by_name=plan.by_name) != after], end)
        return _Part([], "")

    async def _models(self, entries: Sequence[Facets], query: ModelQuery) -> list[StoredModel]:
        """The models of the entries, without those that were deleted or changed so that they left the list."""
        found = await self._table.get_many([items.model_key(facets["id"]) for facets in entries])
        models = {model.id: model for model in map(model_of, found)}
        fresh = ((models.get(facets["id"]), facets) for facets in entries)
        return [model for model, facets in fresh if model and model.is_public and _is_same(facets, model, query)]


def _is_same(before: Facets, model: StoredModel, query: ModelQuery) -> bool:
    """Returns whether no filter and no order can see a change of the model."""
    seen = {"framework", "status", "owner"} | ({"name"} if query.sort.by_name or names(query.narrowed) else set())
    after = facets_of(model)
    return set(query.narrowed.tags) <= set(after["tags"]) and all(before[facet] == after[facet] for facet in seen)


def _plans(query: ModelQuery, after: str) -> list[Plan]:
    by_name, descending = query.sort.by_name, query.sort.descending
    within = (
        _by_name_and_id(names(query.narrowed), exact=bool(query.narrowed.name)) if by_name else times(query.narrowed)
    )
    rest = within.after(after, descending=descending)
    return [Plan(ModelList("public", shard), query.narrowed, by_name, rest, descending) for shard in SHARDS]


def _by_name_and_id(wanted: Range, *, exact: bool) -> Range:
    """A range of names as one of the positions that begin with them."""
    return Range(f"{wanted.low}\n", f"{wanted.high}\n~") if exact else wanted


def _merged(parts: Sequence[_Part], query: ModelQuery, limit: int) -> tuple[list[Facets], str]:
    """The page's entries in order, and the position from which the next page goes on; empty at the end of the list.

    What lies beyond the end of a shard's part can't be ordered yet, so the part that ends first bounds the page.
    """
    descending = query.sort.descending

    def place(facets: Facets) -> str:
        return public_position(facets, by_name=query.sort.by_name)

    ends = [part.end for part in parts if part.end]
    bound = (max if descending else min)(ends) if ends else ""
    entries = sorted((one for part in parts for one in part.entries), key=place, reverse=descending)
    if bound:
        entries = [one for one in entries if (place(one) >= bound if descending else place(one) <= bound)]
    if len(entries) > limit:
        return entries[:limit], place(entries[limit - 1])
    return entries, bound
