"""Reads lists of models: first the entries of an index, in order, then the models of these entries."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from functions.registry.ports import Found, KnownModels, ModelQuery
from functions.registry.records import model_of
from functions.registry.store import items
from functions.registry.store.client import Table, query_of, values
from functions.registry.store.list_counters import COUNT_PREFIX, counter
from functions.registry.store.list_keys import SHARDS, ModelList, equal_facets, facets_of, filtered_lists, position_of
from functions.registry.store.list_queries import Plan, contradicts_itself, names, times
from functions.registry.stored import StoredModel
from maas.domain.catalog.models import ModelSort

Facets = dict[str, Any]

# Entries that one request reads when a filter drops some: few round trips, and far below DynamoDB's limit of 1 MB.
_PAGE = 300
# The most entries of a range that are read as a whole and sorted here, instead of filtering a list in another order.
_SMALL_RANGE = 500
# To skip more entries than this, pages are counted first and not read.
_SKIPPED_BY_READING = 1000


class ModelLists:
    """Pages and totals of lists. Indexes are eventually consistent with the table, counters strongly."""

    def __init__(self, table: Table, known: KnownModels | None = None) -> None:
        self._table = table
        self._known = known

    async def page(self, query: ModelQuery, *, limit: int, after: str = "", skip: int = 0) -> Found:
        """Implements functions.registry.ports.Repository.models."""
        source, skip = await self._entries(query, after, skip, limit + 1)
        entries: list[Facets] = []
        async for facets in source:
            if position_of(facets, query.sort) == after:
                continue
            if skip:
                skip -= 1
                continue
            entries.append(facets)
            if len(entries) > limit:
                break
        last = position_of(entries[limit - 1], query.sort) if len(entries) > limit else ""
        return Found(tuple(await self._models(entries[:limit], query)), last)

    async def count(self, query: ModelQuery) -> int:
        """The number of models in the list."""
        if contradicts_itself(query.narrowed):
            return 0
        if query.tenant_id is None:
            return sum(await asyncio.gather(*(self._query_count(plan) for plan in _shard_plans(query))))
        if query.has_counter:
            return await self._counter_total(_candidates(query.tenant_id, query)[0])
        model_list = await self._narrowest(query.tenant_id, query)
        return (
            0
            if model_list is None
            else await self._query_count(_plan(model_list, query, by_name=bool(names(query.narrowed))))
        )

    async def _entries(
        self, query: ModelQuery, after: str, skip: int, wanted: int
    ) -> tuple[AsyncIterator[Facets], int]:
        """The list from the position `after` on, which is included, and the number of entries still to skip."""
        if contradicts_itself(query.narrowed):
            return _iterate([]), 0
        if query.tenant_id is None:
            return self._merged(_shard_plans(query, after), wanted), skip
        model_list = await self._narrowest(query.tenant_id, query)
        if model_list is None:
            return _iterate([]), 0
        few = await self._small_range(model_list, query)
        if few is not None:
            return _iterate(_sorted(few, query.sort, after)), skip
        plan = _plan(model_list, query, by_name=query.sort.by_name, after=after)
        start, skip = await self._skip_pages(plan, skip)
        return self._read(plan, wanted + skip, start), skip

    async def _narrowest(self, tenant_id: str, query: ModelQuery) -> ModelList | None:
        """The list with the fewest models among those that the filter names; None if one of them is empty."""
        lists = _candidates(tenant_id, query)
        if len(lists) == 1:
            return lists[0]
        sizes = await asyncio.gather(*(self._counter_total(one) for one in lists))
        return lists[sizes.index(min(sizes))] if all(sizes) else None

    async def _small_range(self, model_list: ModelList, query: ModelQuery) -> list[Facets] | None:
        """All entries of a range in the order that the list is not sorted by.

        Returns None if the filter has no such range, or if it has more than `_SMALL_RANGE` entries.
        """
        by_name = not query.sort.by_name
        if not (names if by_name else times)(query.narrowed):
            return None
        found: list[Facets] = []
        seen = 0
        arguments = _plan(model_list, query, by_name=by_name).arguments()
        async for page in self._table.query(**arguments, Limit=_SMALL_RANGE + 1, ProjectionExpression="facets"):
            found += [item["facets"] for item in values(page)]
            seen += page["ScannedCount"]
            if seen > _SMALL_RANGE:
                return None
        return found

    async def _skip_pages(self, plan: Plan, skip: int) -> tuple[dict[str, Any], int]:
        """The start of the next page, and the number of entries to skip there; it counts pages of DynamoDB's 1 MB."""
        start: dict[str, Any] = {}
        if skip > _SKIPPED_BY_READING:
            async for page in self._table.query(**plan.arguments(), Select="COUNT"):
                if page["Count"] > skip or "LastEvaluatedKey" not in page:
                    break
                skip -= page["Count"]
                start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        return start, skip

    async def _read(self, plan: Plan, wanted: int, start: dict[str, Any]) -> AsyncIterator[Facets]:
        size = _PAGE if plan.compares else min(wanted + 1, _SKIPPED_BY_READING)
        arguments = {**plan.arguments(), **start, "Limit": size, "ProjectionExpression": "facets"}
        async for page in self._table.query(**arguments):
            for item in values(page):
                yield item["facets"]

    async def _merged(self, plans: Sequence[Plan], wanted: int) -> AsyncIterator[Facets]:
        sources = [self._read(plan, wanted, {}) for plan in plans]
        heads = await asyncio.gather(*(anext(source, None) for source in sources))
        pick = max if plans[0].descending else min
        while left := [(head["id"], number) for number, head in enumerate(heads) if head]:
            _, number = pick(left)
            yield heads[number]  # type: ignore[misc] # `left` has no None
            heads[number] = await anext(sources[number], None)

    async def _models(self, entries: Sequence[Facets], query: ModelQuery) -> list[StoredModel]:
        """The models of the entries, without those that were deleted, left the list or changed their position."""
        models = self._held(entries, query)
        found = await self._table.get_many(
            [items.model_key(facets["id"]) for facets in entries if facets["id"] not in models]
        )
        for model in map(model_of, found):
            models[model.id] = model
            if self._known:
                self._known.offer(model)
        fresh = ((models.get(facets["id"]), facets) for facets in entries)
        return [model for model, facets in fresh if model and _keeps_position(facets, facets_of(model), query)]

    def _held(self, entries: Sequence[Facets], query: ModelQuery) -> dict[str, StoredModel]:
        """The known models of the entries, without those that another process has changed so that it shows here."""
        if not self._known:
            return {}
        held = ((self._known.held(facets["id"]), facets) for facets in entries)
        return {model.id: model for model, facets in held if model and _keeps_position(facets, facets_of(model), query)}

    async def _query_count(self, plan: Plan) -> int:
        return sum([page["Count"] async for page in self._table.query(**plan.arguments(), Select="COUNT")])

    async def _counter_total(self, model_list: ModelList) -> int:
        pk, attribute = counter(model_list)
        query = query_of("pk = :pk AND begins_with(sk, :sk)", {":pk": pk, ":sk": COUNT_PREFIX})
        return sum([int(item.get(attribute, 0)) async for page in self._table.query(**query) for item in values(page)])


def _keeps_position(before: Facets, after: Facets, query: ModelQuery) -> bool:
    """Returns whether a model is still in the list, at the same position."""
    compared = set(equal_facets(query.narrowed))
    if query.sort.by_name or names(query.narrowed):
        compared.add("name")
    return set(query.narrowed.tags) <= set(after["tags"]) and all(before[facet] == after[facet] for facet in compared)


def _candidates(tenant_id: str, query: ModelQuery) -> list[ModelList]:
    return filtered_lists(tenant_id, query.narrowed) or [ModelList("tenant", tenant_id, tenant_id)]


def _plan(model_list: ModelList, query: ModelQuery, *, by_name: bool, after: str = "") -> Plan:
    within = names(query.narrowed) if by_name else times(query.narrowed)
    descending = query.sort.descending
    return Plan(model_list, query.narrowed, by_name, within.after(after, descending=descending), descending)


def _shard_plans(query: ModelQuery, after: str = "") -> list[Plan]:
    return [_plan(ModelList("shard", shard), query, by_name=False, after=after) for shard in SHARDS]


def _sorted(entries: list[Facets], sort: ModelSort, after: str) -> list[Facets]:
    """The entries from the position `after` on, in order."""

    def place(facets: Facets) -> str:
        return position_of(facets, sort)

    left = [one for one in entries if not after or (place(one) <= after if sort.descending else place(one) >= after)]
    return sorted(left, key=place, reverse=sort.descending)


async def _iterate(entries: list[Facets]) -> AsyncIterator[Facets]:
    for facets in entries:
        yield facets
