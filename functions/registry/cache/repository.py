"""The repository behind the cache: reads that need not be fresh come from it, every commit goes into it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from functions.registry.cache.counters import Counters
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.serialization import Cached, Resolved, key_of, model_key, range_key, version_key
from functions.registry.cache.shared import SharedCache
from functions.registry.cache.single_flight import Shielded
from functions.registry.cache.two_level import Cache
from functions.registry.ports import Change, Found, ModelQuery, Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove
from maas.domain.catalog.references import Reference, parse_reference
from maas.domain.catalog.versions import parse
from maas.domain.identity.principals import Principal
from maas.domain.uploads.sessions import Upload

# Higher than any revision: nothing that was read before a deletion may come back.
GONE = 2**53


class CachedRepository:
    """Implements functions.registry.ports.Repository; `shared` None: in process only."""

    def __init__(
        self, store: Repository, local: LocalCache, shared: SharedCache | None, counters: Counters | None = None
    ) -> None:
        self._store = store
        self.cache = Cache(self._load, local, shared, counters or Counters())
        self._shielded = Shielded()

    async def model(self, model_id: str, *, fresh: bool = True) -> StoredModel | None:
        found = await (self._store.model(model_id) if fresh else self.cache.read(model_key(model_id)))
        return found if isinstance(found, StoredModel) else None

    async def version(self, model_id: str, number: str, *, fresh: bool = True) -> StoredVersion | None:
        if fresh:
            return await self._store.version(model_id, number)
        found = await self.cache.read(version_key(model_id, number))
        return found if isinstance(found, StoredVersion) else None

    async def upload(self, upload_id: str) -> Upload | None:
        return await self._store.upload(upload_id)

    async def models(self, query: ModelQuery, *, limit: int, after: str = "", skip: int = 0) -> Found:
        return await self._store.models(query, limit=limit, after=after, skip=skip)

    async def count_models(self, query: ModelQuery) -> int:
        return await self._store.count_models(query)

    async def versions(self, model_id: str, *, limit: int, after: str = "") -> list[StoredVersion]:
        return await self._store.versions(model_id, limit=limit, after=after)

    async def highest_published(self, model_id: str, reference: Reference, *, revision: int | None = None) -> str:
        if revision is None:
            return await self._store.highest_published(model_id, reference)
        found = await self.cache.read(range_key(model_id, revision, reference.text))
        return found.number if isinstance(found, Resolved) else ""

    async def alias_moves(
        self, model_id: str, alias: str, *, limit: int, until: datetime | None = None
    ) -> list[AliasMove]:
        return await self._store.alias_moves(model_id, alias, limit=limit, until=until)

    async def commit(self, *changes: Change, by: Principal) -> None:
        # A caller that goes away does not stop the write, so it must not keep the cache from hearing of it.
        await self._shielded.run(self._commit(changes, by))

    async def purge(self, model_id: str) -> None:
        await self._store.purge(model_id)

    async def _load(self, key: str) -> Cached | None:
        """Raises ValueError and InvalidInput for what is no key."""
        match key.split(":", 3):
            case ["model", model_id]:
                return await self._store.model(model_id)
            case ["version", model_id, number]:
                return await self._store.version(model_id, parse(number))
            case ["range", model_id, revision, text]:
                number = await self._store.highest_published(model_id, parse_reference(text))
                return Resolved(model_id, int(revision), text, number)
            case _:
                raise ValueError("no key of a record")

    async def _commit(self, changes: Sequence[Change], by: Principal) -> None:
        certain = False
        try:
            await self._store.commit(*changes, by=by)
            certain = True
        finally:
            # Refused or not: a write whose answer was lost comes again, and then meets itself.
            await asyncio.gather(*(self._tell(change, certain=certain) for change in changes))

    async def _tell(self, change: Change, *, certain: bool) -> None:
        """Tells the cache what was stored, or to look it up where the store gave no answer."""
        key, after = key_of(change.after or change.before), change.after
        if key is not None and after is not change.before:
            known = after if isinstance(after, StoredModel | StoredVersion) else None
            await self.cache.changed(key, known.revision if known else GONE, known if certain else None)
