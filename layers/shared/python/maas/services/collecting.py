"""The collector: goes through versions, objects and known files, and has removed what crashes have left.

It removes nothing itself. It queues the removal of each place at which something has no use, so that the grace holds
for what has lost its use just now.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from maas.domain.collections import Collection, Counts, Stage
from maas.domain.errors import Unavailable
from maas.domain.identity.principals import collector, remover
from maas.domain.removals import Removal, place_of, upload_of
from maas.domain.uploads.contents import FileEntry
from maas.platform.observability import logger
from maas.services.file_uses import FileUses, Registry, Use
from maas.services.ports.messaging import CollectionQueue, RemovalQueue
from maas.services.ports.storage import ObjectStore

# Versions, objects or files that one message looks at; another message goes on.
PAGE = 100
# Uploads under way in the store that one collection looks at; the bucket's lifecycle rule ends the others.
BEGUN_MAX = 1000
# Seconds until a step that met an unavailable system is tried again.
POSTPONED = 60
PREFIX = "models/"


class CollectorService:
    """The use case of a collection, one message after another. Each step may be repeated."""

    def __init__(
        self, registry: Registry, objects: ObjectStore, queue: CollectionQueue, removals: RemovalQueue, grace: int
    ) -> None:
        self._registry = registry
        self._objects = objects
        self._queue = queue
        self._removals = removals
        self._grace = grace

    async def collect(self, collection: Collection) -> None:
        """Takes one step and sends the message for the next one. Raises Unavailable if the queue does not answer."""
        try:
            following = await self._step(collection)
        except Unavailable as error:
            logger.error("collection is postponed", run=collection.run, reason=error.message)
            self._queue.continue_collection(collection, POSTPONED)
            return
        if following is None:
            return
        if following.stage is Stage.DONE:
            logger.info("collection finished", run=following.run, counts=following.counts.fields())
            return
        self._queue.continue_collection(following)

    async def _step(self, collection: Collection) -> Collection | None:
        match collection.stage:
            case Stage.VERSIONS:
                return await self._versions(collection)
            case Stage.OBJECTS:
                return await self._of_objects(collection)
            case Stage.FILES:
                return await self._of_files(collection)
        return None

    async def _versions(self, collection: Collection) -> Collection:
        done = await self._registry.repair_uploads(collector(), after=collection.after, limit=PAGE)
        counts = Counts(versions=done.checked, expired=done.expired, repaired=done.repaired)
        return collection.step(done.after, counts)

    async def _of_objects(self, collection: Collection) -> Collection:
        keys, more = self._objects.keys(PREFIX, collection.after, PAGE)
        begun = [] if collection.after else [key for key, _ in self._objects.begun(PREFIX, BEGUN_MAX)]
        queued = await self._queue_unused([*keys, *begun])
        return collection.step(keys[-1] if more and keys else "", Counts(objects=len(keys), queued=queued))

    async def _of_files(self, collection: Collection) -> Collection:
        files = await self._registry.known_files(collector(), PREFIX, limit=PAGE, after=collection.after)
        queued = await self._queue_unused([file.key for file in files])
        lost = await self._forget_lost(files)
        after = files[-1].key if len(files) == PAGE else ""
        return collection.step(after, Counts(files=len(files), queued=queued, lost=lost))

    async def _queue_unused(self, keys: Iterable[str]) -> int:
        """Queues the removal of each upload's place that has no use. Returns their number."""
        places: dict[Removal, set[str]] = defaultdict(set)
        now, queued = int(time.time()), 0
        for key in keys:
            if key.count("/") >= 4:  # all keys that we give have a tenant, a model, a version and an upload
                place = place_of(key, now)
                places[replace(place, upload_id="")].add(place.upload_id)
        for place, upload_ids in places.items():
            uses = await FileUses(self._registry, place, self._grace).of_uploads(upload_ids)
            for upload_id in sorted(id_ for id_, use in uses.items() if use is Use.UNUSED):
                self._removals.send(replace(place, upload_id=upload_id))
                queued += 1
        return queued

    async def _forget_lost(self, files: Iterable[FileEntry]) -> int:
        """Forgets contents whose files are gone, so that no upload comes to use them. Returns their number."""
        lost = [file for file in files if not file.is_reuse and self._objects.size(file.key) is None]
        for file in lost:
            logger.error("a file of known content is gone", key=file.key)
            await self._registry.forget_files(remover(file.tenant_id), [upload_of(file.key)[0]])
        return len(lost)
