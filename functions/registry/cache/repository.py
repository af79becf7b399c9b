"""The repository behind the cache: reads that may be seconds old come from it, and every commit updates it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from functions.registry.cache.counters import Counters
from functions.registry.cache.keys import Key, ModelKey, NameKey, RangeKey, VersionKey, key_of
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.serialization import Cached, Named, Resolved
from functions.registry.cache.shared import SharedCache
from functions.registry.cache.single_flight import ShieldedTasks
from functions.registry.cache.two_level import Cache
from functions.registry.content_ports import Contents
from functions.registry.name_ports import named_model
from functions.registry.ports import Change, Found, ModelQuery, Repository, Waiting
from functions.registry.stored import Result, StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove
from maas.domain.catalog.model_names import ModelName
from maas.domain.catalog.references import Reference
from maas.domain.identity.grants import ModelGrant
from maas.domain.identity.principals import Principal
from maas.domain.quotas import Usage
from maas.domain.uploads.sessions import Upload, UploadFile

R = TypeVar("R", StoredModel, StoredVersion)

# A deletion's revision, higher than any other: a record that was read before the deletion is refused.
DELETED = 2**53
# The revision of an invalidation of a name, above that of all Named.
RENAMED = 2


class CachedRepository:
    """Implements functions.registry.ports.Repository; without `shared`, the cache has the first level only."""

    def __init__(
        self, store: Repository, local: LocalCache, shared: SharedCache | None, counters: Counters | None = None
    ) -> None:
        self._store = store
        self.cache = Cache(self._load, local, shared, counters or Counters())
        self._commits = ShieldedTasks()

    @property
    def contents(self) -> Contents:
        return self._store.contents

    async def model(self, model_id: str) -> StoredModel | None:
        return await self._store.model(model_id)

    async def visible_model(self, model_id: str, sees: Callable[[StoredModel], bool]) -> StoredModel | None:
        found = await self.cache.visible(ModelKey(model_id), lambda record: _is(record, StoredModel, sees))
        return found if isinstance(found, StoredModel) else None

    async def id_of(self, name: ModelName) -> str:
        return await self._store.id_of(name)

    async def visible_named(self, name: ModelName, sees: Callable[[StoredModel], bool]) -> StoredModel | None:
        started, key = self.cache.time(), NameKey(name)
        named = await self.cache.read(key)
        model_key = ModelKey(named.model_id if isinstance(named, Named) else name.no_id)
        record = await self.cache.read(model_key)
        model = record if isinstance(record, StoredModel) and record.unique_name == name else None
        if named is not None and model is None:  # the cached name or model is an old one
            await self.cache.changed(key, RENAMED, None)
            model = await named_model(self._store, name)
        if model is not None and sees(model):
            return model
        for each, found in ((key, named), (model_key, record)):
            if found is not None:
                await self.cache.refuse(each, started)
        return None

    async def version(self, model_id: str, number: str) -> StoredVersion | None:
        return await self._store.version(model_id, number)

    async def visible_version(
        self, model_id: str, number: str, sees: Callable[[StoredVersion], bool]
    ) -> StoredVersion | None:
        found = await self.cache.visible(VersionKey(model_id, number), lambda record: _is(record, StoredVersion, sees))
        return found if isinstance(found, StoredVersion) else None

    async def upload(self, upload_id: str) -> Upload | None:
        return await self._store.upload(upload_id)

    async def upload_files(self, upload_id: str) -> tuple[UploadFile, ...]:
        return await self._store.upload_files(upload_id)

    async def begin_file(self, upload_id: str, file: UploadFile) -> None:
        await self._store.begin_file(upload_id, file)

    async def models(self, query: ModelQuery, *, limit: int, after: str = "", skip: int = 0) -> Found:
        return await self._store.models(query, limit=limit, after=after, skip=skip)

    async def models_of(self, ids: Sequence[str]) -> list[StoredModel]:
        return await self._store.models_of(ids)

    async def public_models(self, query: ModelQuery, *, limit: int, after: str = "") -> Found:
        return await self._store.public_models(query, limit=limit, after=after)

    async def count_models(self, query: ModelQuery) -> int:
        return await self._store.count_models(query)

    async def versions(self, model_id: str, *, limit: int, after: str = "") -> list[StoredVersion]:
        return await self._store.versions(model_id, limit=limit, after=after)

    async def highest_published(self, model_id: str, reference: Reference, *, revision: int | None = None) -> str:
        if revision is None:
            return await self._store.highest_published(model_id, reference)
        found = await self.cache.read(RangeKey(model_id, revision, reference))
        return found.number if isinstance(found, Resolved) else ""

    async def alias_moves(
        self, model_id: str, alias: str, *, limit: int, until: datetime | None = None
    ) -> list[AliasMove]:
        return await self._store.alias_moves(model_id, alias, limit=limit, until=until)

    async def grant(self, model_id: str, subject: str) -> ModelGrant | None:
        return await self._store.grant(model_id, subject)

    async def grants(self, model_id: str, *, limit: int, after: str = "") -> list[ModelGrant]:
        return await self._store.grants(model_id, limit=limit, after=after)

    async def held(self, holders: Sequence[str]) -> list[str]:
        return await self._store.held(holders)

    async def grants_of(self, subject: str, model_ids: Sequence[str]) -> list[ModelGrant]:
        return await self._store.grants_of(subject, model_ids)

    async def waiting(self, *, until: datetime, limit: int) -> list[Waiting]:
        return await self._store.waiting(until=until, limit=limit)

    async def rollouts(self, *, after: str, limit: int) -> list[tuple[str, str]]:
        return await self._store.rollouts(after=after, limit=limit)

    async def forget(self, waiting: Waiting) -> None:
        await self._store.forget(waiting)

    async def effect(self, by: Principal, effect_id: str) -> Result | None:
        return await self._store.effect(by, effect_id)

    async def commit(self, *changes: Change, by: Principal) -> None:
        # A write goes on after its caller was cancelled, so the update of the cache must go on too.
        await self._commits.run(self._commit(changes, by))

    async def purges(self, *, until: datetime, limit: int) -> list[str]:
        return await self._store.purges(until=until, limit=limit)

    async def purge(self, model_id: str) -> None:
        await self._store.purge(model_id)

    async def usage(self, tenant_id: str) -> list[Usage]:
        return await self._store.usage(tenant_id)

    async def count_uses(self) -> None:
        await self._store.count_uses()

    async def _load(self, key: Key) -> Cached | None:
        match key:
            case ModelKey():
                return await self._store.model(key.model_id)
            case VersionKey():
                return await self._store.version(key.model_id, key.number)
            case NameKey():
                found = await self._store.id_of(key.name)
                return Named(key.name.tenant_id, key.name.form, found) if found else None
            case RangeKey():
                number = await self._store.highest_published(key.model_id, key.reference)
                return Resolved(key.model_id, key.revision, key.reference.text, number)

    async def _commit(self, changes: Sequence[Change], by: Principal) -> None:
        committed = False
        try:
            await self._store.commit(*changes, by=by)
            committed = True
        finally:
            # After a refusal too: a write whose answer was lost is sent again, and is then refused because of itself.
            await asyncio.gather(*(self._update_cache(change, committed=committed) for change in changes))

    async def _update_cache(self, change: Change, *, committed: bool) -> None:
        """Stores the new record, or invalidates the key if it is not known whether the change was committed."""
        key, after = key_of(change.after or change.before), change.after
        if key is not None and after is not change.before:
            record = after if isinstance(after, StoredModel | StoredVersion) else None
            await self.cache.changed(key, record.revision if record else DELETED, record if committed else None)
        for name in _changed_names(change):
            await self.cache.changed(NameKey(name), RENAMED, None)


def _changed_names(change: Change) -> frozenset[ModelName]:
    """The names that a model gets or loses."""
    old, new = (
        {record.unique_name} if isinstance(record, StoredModel) else set() for record in (change.before, change.after)
    )
    return frozenset(old ^ new)


def _is(record: Cached, kind: type[R], sees: Callable[[R], bool]) -> bool:
    return isinstance(record, kind) and sees(record)
