"""The registry's repository in DynamoDB: one table, whose layout is in items.py."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from functions.registry.alias_records import move_of
from functions.registry.effect_records import result_of
from functions.registry.events import Event, events_of
from functions.registry.file_records import files_of
from functions.registry.grant_records import grant_of, roles_in
from functions.registry.name_ports import named_model
from functions.registry.ports import Change, Found, KnownModels, LostRace, ModelQuery, Waiting, name_taken
from functions.registry.records import model_of, upload_of, version_of
from functions.registry.store import items
from functions.registry.store.client import READ_MAX, Table, query_of, values
from functions.registry.store.contents import DynamoContents
from functions.registry.store.list_reader import ModelLists
from functions.registry.store.outbox import is_written, outbox_writes
from functions.registry.store.public_models import PublicModels
from functions.registry.store.transactions import attributes, begun, taken, writes
from functions.registry.store.use_counters import Uncounted, UseCounters
from functions.registry.stored import Result, StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove
from maas.domain.catalog.model_names import ModelName
from maas.domain.catalog.models import ModelFilter
from maas.domain.catalog.references import Reference, Span
from maas.domain.catalog.versions import sort_key
from maas.domain.errors import AlreadyExists
from maas.domain.identity.grants import ModelGrant
from maas.domain.identity.principals import Principal
from maas.domain.quotas import Quota, QuotaExceeded, Usage
from maas.domain.uploads.manifest import digest_of
from maas.domain.uploads.sessions import Upload, UploadFile
from maas.platform.request_context import actor_of

# What a purge reads of the items of a model: keys, uploads and grants.
_PURGED = "pk, sk, upload_id, model_id, tenant_id, subject, kind, #role, granted_by, granted_at"


class DynamoRepository:
    """Implements functions.registry.ports.Repository. Lists of models are eventually consistent, all else strongly.

    Of `known` models, lists read only the index. `limits` are the quotas of each organization.
    """

    def __init__(
        self, table: Table, known: KnownModels | None = None, limits: Mapping[Quota, int] = MappingProxyType({})
    ) -> None:
        self._table = table
        self._uses = UseCounters(table, limits)
        self._lists = ModelLists(table, known)
        self._public = PublicModels(table)
        self.contents = DynamoContents(table)

    async def model(self, model_id: str) -> StoredModel | None:
        item = await self._table.get(items.model_key(model_id))
        return None if item is None else model_of(item)

    async def visible_model(self, model_id: str, sees: Callable[[StoredModel], bool]) -> StoredModel | None:
        found = await self.model(model_id)
        return found if found and sees(found) else None

    async def id_of(self, name: ModelName) -> str:
        item = await self._table.get(items.name_key(name))
        return "" if item is None else str(item["model_id"])

    async def visible_named(self, name: ModelName, sees: Callable[[StoredModel], bool]) -> StoredModel | None:
        found = await named_model(self, name)
        return found if found and sees(found) else None

    async def version(self, model_id: str, number: str) -> StoredVersion | None:
        item = await self._table.get(items.version_key(model_id, number))
        return None if item is None or item["version"] != number else await self._identified(version_of(item))

    async def _identified(self, version: StoredVersion) -> StoredVersion:
        """Adds the digest of a version from before sets of files. It has one file, whose name its upload has."""
        if version.digest or version.artifact is None or (upload := await self.upload(version.upload_id)) is None:
            return version
        return replace(version, digest=digest_of(upload, version.artifact))

    async def visible_version(
        self, model_id: str, number: str, sees: Callable[[StoredVersion], bool]
    ) -> StoredVersion | None:
        found = await self.version(model_id, number)
        return found if found and sees(found) else None

    async def upload(self, upload_id: str) -> Upload | None:
        item = await self._table.get(items.upload_key(upload_id))
        return None if item is None else upload_of(item)

    async def upload_files(self, upload_id: str) -> tuple[UploadFile, ...]:
        item = await self._table.get(items.files_key(upload_id))
        return () if item is None else files_of(item)

    async def begin_file(self, upload_id: str, file: UploadFile) -> None:
        await self._table.transact(begun(upload_id, file))

    async def models(self, query: ModelQuery, *, limit: int, after: str = "", skip: int = 0) -> Found:
        return await self._lists.page(query, limit=limit, after=after, skip=skip)

    async def models_of(self, ids: Sequence[str]) -> list[StoredModel]:
        keys = [items.model_key(model_id) for model_id in ids]
        batches = [keys[start : start + READ_MAX] for start in range(0, len(keys), READ_MAX)]
        found = await asyncio.gather(*(self._table.get_many(batch) for batch in batches))
        return [model_of(item) for batch in found for item in batch]

    async def public_models(self, query: ModelQuery, *, limit: int, after: str = "") -> Found:
        return await self._public.page(query, limit=limit, after=after)

    async def count_models(self, query: ModelQuery) -> int:
        return await self._lists.count(query)

    async def versions(self, model_id: str, *, limit: int, after: str = "") -> list[StoredVersion]:
        key = items.version_key(model_id, after) if after else {}
        start = {"ExclusiveStartKey": attributes(key)} if key else {}
        found = await self._first({**_versions_query(model_id), **start, "Limit": limit}, limit)
        return list(await asyncio.gather(*(self._identified(version_of(item)) for item in found)))

    async def highest_published(self, model_id: str, reference: Reference, *, revision: int | None = None) -> str:  # noqa: ARG002
        # Only the ends of a span may not match, so the result is the first of two items, the second, or empty.
        found = await asyncio.gather(*(self._first(_published_query(model_id, span), 2) for span in reference.spans()))
        numbers = [item["number"] for part in found for item in part if reference.matches(item["number"])]
        return max(numbers, key=sort_key, default="")

    async def alias_moves(
        self, model_id: str, alias: str, *, limit: int, until: datetime | None = None
    ) -> list[AliasMove]:
        found = await self._first({**_moves_query(model_id, alias, until), "Limit": limit}, limit)
        return [move_of(item) for item in found]

    async def grant(self, model_id: str, subject: str) -> ModelGrant | None:
        item = await self._table.get(items.grant_key(model_id, subject))
        return None if item is None else grant_of(item)

    async def grants(self, model_id: str, *, limit: int, after: str = "") -> list[ModelGrant]:
        bound = {":pk": items.model_key(model_id)["pk"], ":sk": items.GRANT_PREFIX}
        start = {"ExclusiveStartKey": attributes(items.grant_key(model_id, after))} if after else {}
        query = {**query_of("pk = :pk AND begins_with(sk, :sk)", bound), **start, "Limit": limit}
        return [grant_of(item) for item in await self._first(query, limit)]

    async def held(self, holders: Sequence[str]) -> list[str]:
        found = await self._table.get_many([items.granted_key(holder) for holder in holders], consistent=True)
        return sorted(roles_in(found))

    async def grants_of(self, subject: str, model_ids: Sequence[str]) -> list[ModelGrant]:
        keys = [items.grant_key(model_id, subject) for model_id in model_ids]
        found = await self._table.get_many(keys, consistent=True)
        return sorted((grant_of(item) for item in found), key=lambda grant: grant.model_id)

    async def waiting(self, *, until: datetime, limit: int) -> list[Waiting]:
        found = await self._first({**_waiting_query(until), "Limit": limit}, limit)
        return [items.waiting_of(item) for item in found]

    async def rollouts(self, *, after: str, limit: int) -> list[tuple[str, str]]:
        found = await self._first({**_rollouts_query(after), "Limit": limit}, limit)
        return [items.rolled_out(item) for item in found]

    async def forget(self, waiting: Waiting) -> None:
        await self._table.delete([items.waiting_key(waiting)])

    async def effect(self, by: Principal, effect_id: str) -> Result | None:
        item = await self._table.get(items.effect_key(by.tenant_id, by.subject, effect_id))
        return None if item is None else result_of(item)

    async def commit(self, *changes: Change, by: Principal) -> None:
        events = events_of(changes, actor_of(by))
        try:
            await self._transact(changes, events)
        except QuotaExceeded as error:
            raise await self._uses.exceeded(changes, error) from None
        except (AlreadyExists, LostRace) as error:
            if not await self._holds(events):
                raise await self._with_stored_name(changes, error) from None

    async def _transact(self, changes: Sequence[Change], events: Sequence[Event]) -> None:
        """Counts the model and sends the transaction once more if it was never counted."""
        for may_count in (True, False):
            try:
                async with self._uses.counting(changes) as counted:
                    await self._table.transact([*writes(changes), *counted, *outbox_writes(events)])
            except Uncounted:
                if not may_count:
                    raise
                await self._uses.count(events[0].model_id, events[0].tenant_id)
            else:
                return

    async def usage(self, tenant_id: str) -> list[Usage]:
        return await self._uses.usage(tenant_id)

    async def count_uses(self) -> None:
        if await self._uses.is_complete():
            return None
        query, after = ModelQuery(None, ModelFilter()), ""
        while True:
            found = await self._lists.page(query, limit=READ_MAX, after=after)
            tenants = {model.id: model.tenant_id for model in found.models if model.tenant_id}
            for model_id in await self._uses.uncounted(list(tenants)):
                await self._uses.count(model_id, tenants[model_id])
            if not (after := found.last):
                return await self._uses.complete()

    async def _holds(self, events: Sequence[Event]) -> bool:
        """Returns whether the transaction with these events was committed, although it was refused.

        Its answer was lost then, and its own repeat was refused because of itself.
        """
        keys = [items.outbox_key(model_id) for model_id in {event.model_id for event in events}]
        outboxes = await asyncio.gather(*(self._table.get(key) for key in keys))
        return any(outbox is not None and is_written(outbox, events) for outbox in outboxes)

    async def _with_stored_name(self, changes: Sequence[Change], error: AlreadyExists | LostRace) -> Exception:
        """The error for a taken name, with the name as the other model of the tenant has it; or the error itself."""
        names = [change.after for change in changes if isinstance(change.after, StoredModel)]
        if not isinstance(error, AlreadyExists) or error.fields[0].field != "name" or not names:
            return error
        claim = await self._table.get(items.name_key(names[0].unique_name))
        other = await self.model(claim["model_id"]) if claim else None
        return name_taken(names[0].name, other.name) if other else error

    async def purges(self, *, until: datetime, limit: int) -> list[str]:
        found = await self._first(query_of("pk = :pk", {":pk": items.purge_key("")["pk"]}), limit)
        return [item["sk"] for item in found if datetime.fromisoformat(item["since"]) <= until]

    async def purge(self, model_id: str) -> None:
        wanted = {"ProjectionExpression": _PURGED, "ExpressionAttributeNames": {"#role": "role"}}
        query = {**_partition_query(model_id), **wanted}
        async for page in self._table.query(**query):
            found = values(page)
            await asyncio.gather(*(self._take(grant_of(item)) for item in found if "subject" in item))
            ids = [item["upload_id"] for item in found if item.get("upload_id")]
            uploads = [key(upload_id) for upload_id in ids for key in (items.upload_key, items.files_key)]
            await self._table.delete([*({"pk": item["pk"], "sk": item["sk"]} for item in found), *uploads])
        await self._table.delete([items.purge_key(model_id)])

    async def _take(self, grant: ModelGrant) -> None:
        """Removes a grant on a deleted model from its holder's."""
        with suppress(LostRace):  # an earlier call has removed it
            await self._table.transact(taken(grant))

    async def _first(self, arguments: dict[str, Any], limit: int) -> list[items.Item]:
        """The first `limit` items of a Query, from as many pages as that takes."""
        found: list[items.Item] = []
        async for page in self._table.query(**arguments):
            found += values(page)
            if len(found) >= limit:
                break
        return found[:limit]


def _partition_query(model_id: str) -> dict[str, Any]:
    """All items of a model's partition."""
    return query_of("pk = :pk", {":pk": items.model_key(model_id)["pk"]})


def _versions_query(model_id: str) -> dict[str, Any]:
    """A model's versions, highest precedence first."""
    bound = {":pk": items.model_key(model_id)["pk"], ":sk": items.VERSION_PREFIX}
    return {**query_of("pk = :pk AND begins_with(sk, :sk)", bound), "ScanIndexForward": False}


def _published_query(model_id: str, span: Span) -> dict[str, Any]:
    """The highest two published versions in the span."""
    prefix = items.PRERELEASE_PREFIX if span.prereleases else items.RELEASE_PREFIX
    return {**_descending_query(model_id, f"{prefix}{span.low}", f"{prefix}{span.high}"), "Limit": 2}


def _moves_query(model_id: str, alias: str, until: datetime | None) -> dict[str, Any]:
    """The moves of an alias, newest first."""
    prefix = items.move_prefix(alias)
    high = items.move_key(model_id, alias, until)["sk"] if until else f"{prefix}~"
    return _descending_query(model_id, prefix, high)


def _waiting_query(until: datetime) -> dict[str, Any]:
    """The notes of versions that became validating up to `until`, oldest first."""
    high = items.waiting_until(until)
    return query_of("pk = :pk AND sk <= :sk", {":pk": high["pk"], ":sk": high["sk"]})


def _rollouts_query(after: str) -> dict[str, Any]:
    """The notes of active rollouts after a place."""
    return query_of("pk = :pk AND sk > :sk", {":pk": items.rollout_key("", "")["pk"], ":sk": after or "#"})


def _descending_query(model_id: str, low: str, high: str) -> dict[str, Any]:
    bound = {":pk": items.model_key(model_id)["pk"], ":low": low, ":high": high}
    return {**query_of("pk = :pk AND sk BETWEEN :low AND :high", bound), "ScanIndexForward": False}
