"""The repository behind the cache: reads that need not be fresh come from it, every commit goes into it."""

import json
from collections.abc import Sequence

from functions.registry import items
from functions.registry.cache import GONE, LocalCache, SharedCache
from functions.registry.ports import Change, ModelQuery, Record, Repository
from functions.registry.shielded import Shielded
from maas.domain.models import Model
from maas.domain.references import Reference
from maas.domain.uploads import Upload
from maas.domain.versions import Version


class CachedRepository:
    """Implements functions.registry.ports.Repository; `shared` None: in process only."""

    def __init__(self, store: Repository, local: LocalCache, shared: SharedCache | None) -> None:
        self._store = store
        self._local = local
        self._shared = shared
        self._shielded = Shielded()

    async def model(self, model_id: str, *, fresh: bool = True) -> Model | None:
        if fresh:
            return await self._store.model(model_id)
        key = _model_key(model_id)
        found = self._local.get(key) or await self._from_shared(key)
        if found is None:
            found = await self._store.model(model_id)
            await self._loaded(key, found)
        return found if isinstance(found, Model) else None

    async def version(self, model_id: str, number: str, *, fresh: bool = True) -> Version | None:
        if fresh:
            return await self._store.version(model_id, number)
        key = _version_key(model_id, number)
        found = self._local.get(key) or await self._from_shared(key)
        if found is None:
            found = await self._store.version(model_id, number)
            await self._loaded(key, found)
        return found if isinstance(found, Version) else None

    async def upload(self, upload_id: str) -> Upload | None:
        return await self._store.upload(upload_id)

    async def models(self, query: ModelQuery, *, limit: int, after: str = "") -> list[Model]:
        return await self._store.models(query, limit=limit, after=after)

    async def count_models(self, query: ModelQuery) -> int:
        return await self._store.count_models(query)

    async def versions(self, model_id: str, *, limit: int, after: str = "") -> list[Version]:
        return await self._store.versions(model_id, limit=limit, after=after)

    async def highest_published(self, model_id: str, reference: Reference) -> str:
        return await self._store.highest_published(model_id, reference)

    async def commit(self, *changes: Change) -> None:
        # A caller that goes away does not stop the write, so it must not keep the cache from hearing of it.
        await self._shielded.run(self._commit(changes))

    async def purge(self, model_id: str) -> None:
        await self._store.purge(model_id)

    async def _from_shared(self, key: str) -> Model | Version | None:
        text = None if self._shared is None else await self._shared.get(key)
        record = _record(text) if text else None
        if record is not None:
            self._local.put(key, record.revision, record)
        return record

    async def _loaded(self, key: str, record: Model | Version | None) -> None:
        if record is None:
            return
        self._local.put(key, record.revision, record)
        if self._shared is not None:
            await self._shared.put(key, record.revision, _text(record))

    async def _commit(self, changes: Sequence[Change]) -> None:
        try:
            await self._store.commit(*changes)
        except BaseException:
            # Refused or not: a write whose answer was lost comes again, and then meets itself.
            await self._tell(changes, certain=False)
            raise
        await self._tell(changes, certain=True)

    async def _tell(self, changes: Sequence[Change], *, certain: bool) -> None:
        """Tells the cache what was stored, or to forget it where the store gave no answer."""
        for change in changes:
            key = _key(change.after or change.before)
            if key is None or change.before is change.after:
                continue
            after = change.after if isinstance(change.after, Model | Version) else None
            revision = GONE if after is None else after.revision
            known = after if certain else None
            self._local.put(key, revision, known)
            if self._shared is not None:
                await self._shared.changed(key, revision, "" if known is None else _text(known))


def _model_key(model_id: str) -> str:
    return f"model:{model_id}"


def _version_key(model_id: str, number: str) -> str:
    return f"version:{model_id}:{number}"


def _key(record: Record | None) -> str | None:
    match record:
        case Model():
            return _model_key(record.id)
        case Version():
            return _version_key(record.model_id, record.version)
        case _:
            return None  # uploads are written about as often as they are read


def _text(record: Model | Version) -> str:
    return json.dumps(items.item_of(record))


def _record(text: str) -> Model | Version | None:
    """None for what another release of the registry wrote, and for what is no record at all."""
    try:
        item = json.loads(text)
        return items.version_of(item) if "version" in item else items.model_of(item)
    except (ValueError, KeyError, TypeError):
        return None
