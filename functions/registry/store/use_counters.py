"""Counters of what an organization uses, changed in the transaction of the change that they count.

Each quota has an item for the organization, so that only changes of one kind contend. Each model has an item with what
its versions use, which the model's deletion takes off at once, whatever becomes of the purge after it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from functions.registry.contention import Turns
from functions.registry.ports import Change, LostRace
from functions.registry.records import stored_bytes_of
from functions.registry.store import items
from functions.registry.store.client import Table, query_of, values
from functions.registry.store.transactions import Write, attributes
from functions.registry.stored import StoredModel
from functions.registry.uses import COUNTED, OF_VERSIONS, Use, difference, is_limited, of_version
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import MaasError
from maas.domain.quotas import Quota, QuotaExceeded, Usage, exceeded

_ABSENT, _PRESENT = "attribute_not_exists(pk)", "attribute_exists(pk)"
# What a count reads of each version of a model.
_READ = {
    "ProjectionExpression": "#state, stored_bytes, artifact.#size",
    "ExpressionAttributeNames": {"#state": "state", "#size": "size"},
}


class Uncounted(LostRace):
    """The model is of an earlier release, and its versions have not been counted."""


class UseCounters:
    """`limits` has the quotas; one that it lacks, or of 0, allows all."""

    def __init__(self, table: Table, limits: Mapping[Quota, int]) -> None:
        self._table = table
        self._limits = limits
        self._turns = Turns()

    @asynccontextmanager
    async def counting(self, changes: Sequence[Change]) -> AsyncIterator[list[Write]]:
        """The writes that belong to these changes of one model. Models without an organization are not counted.

        Within this process, an organization's transactions that count follow one another: at once, all but one of them
        would be cancelled.
        """
        model_id, tenant_id = _place(changes)
        added = difference(changes)
        if not added or not tenant_id:
            yield []
            return
        async with self._turns.of(tenant_id):
            yield await self._writes(model_id, tenant_id, added, is_limited(changes))

    async def _writes(self, model_id: str, tenant_id: str, added: Use, limited: bool) -> list[Write]:
        if Quota.MODELS not in added:
            own = _change(model_id, added)
        elif added[Quota.MODELS] > 0:
            own = _put(model_id, added)
        else:
            held = await self._held(model_id)
            own, added = _delete(model_id, held), {quota: -by for quota, by in held.items() if by}
        limits = self._limits if limited else {}
        return [own, *(_add(tenant_id, quota, by, limits.get(quota, 0)) for quota, by in added.items())]

    async def count(self, model_id: str, tenant_id: str) -> None:
        """Counts the versions of a model that was never counted.

        No version is created, deleted or uploaded without the model's item, so none is while it is counted. The item
        that is put then proves it: its condition is that there is none.
        """
        found = await self._counted(model_id)
        own = {"Item": attributes(_item(model_id, found)), "ConditionExpression": _ABSENT}
        model = {"Key": attributes(items.model_key(model_id)), "ConditionExpression": _PRESENT}
        writes = [Write("ConditionCheck", model, LostRace()), Write("Put", own, LostRace())]
        with suppress(LostRace):  # another process has counted it, or the model is gone
            await self._table.transact([*writes, *(_add(tenant_id, q, by, 0) for q, by in found.items() if by)])

    async def uncounted(self, model_ids: Sequence[str]) -> list[str]:
        """Returns those of at most READ_MAX models that were never counted."""
        found = await self._table.get_many([items.use_key(model_id) for model_id in model_ids])
        counted = {item["pk"] for item in found}
        return [model_id for model_id in model_ids if items.use_key(model_id)["pk"] not in counted]

    async def is_complete(self) -> bool:
        """Returns whether the models of earlier releases have all been counted."""
        return await self._table.get(items.COUNTED_KEY) is not None

    async def complete(self) -> None:
        await self._table.put(items.COUNTED_KEY)

    async def usage(self, tenant_id: str) -> list[Usage]:
        """The use of each quota of the organization."""
        keys = [items.quota_key(tenant_id, quota) for quota in COUNTED]
        found = {item["sk"]: int(item["used"]) for item in await self._table.get_many(keys, consistent=True)}
        return [Usage(quota, self._limits.get(quota, 0), found.get(quota, 0)) for quota in COUNTED]

    async def exceeded(self, changes: Sequence[Change], error: QuotaExceeded) -> MaasError:
        """The refusal with the use as it is now."""
        quota = Quota(error.quota)
        item = await self._table.get(items.quota_key(_place(changes)[1], quota))
        return exceeded(Usage(quota, error.limit, int(item["used"]) if item else 0), difference(changes)[quota])

    async def _held(self, model_id: str) -> Use:
        """The numbers in a model's item; empty if there is none."""
        item = await self._table.get(items.use_key(model_id))
        return {quota: int(item[quota]) for quota in OF_VERSIONS} | {Quota.MODELS: 1} if item else {}

    async def _counted(self, model_id: str) -> dict[Quota, int]:
        total = dict.fromkeys(OF_VERSIONS, 0) | {Quota.MODELS: 1}
        bound = {":pk": items.model_key(model_id)["pk"], ":sk": items.VERSION_PREFIX}
        query = query_of("pk = :pk AND begins_with(sk, :sk)", bound)
        async for page in self._table.query(**query, **_READ):
            for item in values(page):
                for quota, by in of_version(VersionState(item["state"]), stored_bytes_of(item)).items():
                    total[quota] += by
        return total


def _place(changes: Sequence[Change]) -> tuple[str, str]:
    """The id and the tenant of the model that the changes are of."""
    record = changes[0].after or changes[0].before
    assert record is not None
    return record.id if isinstance(record, StoredModel) else record.model_id, record.tenant_id


def _put(model_id: str, use: Use) -> Write:
    return Write("Put", {"Item": attributes(_item(model_id, use)), "ConditionExpression": _ABSENT}, LostRace())


def _item(model_id: str, use: Use) -> items.Item:
    return {**items.use_key(model_id), **{str(quota): use.get(quota, 0) for quota in OF_VERSIONS}}


def _change(model_id: str, added: Use) -> Write:
    """Adds to a counted model's own numbers."""
    update = "ADD " + ", ".join(f"{quota} :{quota}" for quota in added)
    by = attributes({f":{quota}": by for quota, by in added.items()})
    arguments = {"UpdateExpression": update, "ExpressionAttributeValues": by, "ConditionExpression": _PRESENT}
    return Write("Update", {"Key": attributes(items.use_key(model_id)), **arguments}, Uncounted())


def _delete(model_id: str, held: Use) -> Write:
    """Deletes a model's own numbers as they were read, or proves that there still are none."""
    key = {"Key": attributes(items.use_key(model_id))}
    if not held:
        return Write("ConditionCheck", {**key, "ConditionExpression": _ABSENT}, LostRace())
    condition = " AND ".join(f"{quota} = :{quota}" for quota in OF_VERSIONS)
    as_read = attributes({f":{quota}": held[quota] for quota in OF_VERSIONS})
    return Write("Delete", {**key, "ConditionExpression": condition, "ExpressionAttributeValues": as_read}, LostRace())


def _add(tenant_id: str, quota: Quota, by: int, limit: int) -> Write:
    """Adds to an organization's use, which stays within the limit if there is one."""
    arguments: dict[str, Any] = {
        "Key": attributes(items.quota_key(tenant_id, quota)),
        "UpdateExpression": "ADD used :by",
    }
    numbers, room = {":by": by}, limit - by
    if limit and by > 0:
        numbers[":room"] = room
        unused = "attribute_not_exists(used) OR " if room >= 0 else ""
        arguments["ConditionExpression"] = f"{unused}used <= :room"
    arguments["ExpressionAttributeValues"] = attributes(numbers)
    return Write("Update", arguments, exceeded(Usage(quota, limit, limit), by))
