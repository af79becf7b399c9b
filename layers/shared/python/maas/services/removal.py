"""Removal of files that nothing names any more, some time after the change that took their use away."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from maas.domain.errors import Unavailable
from maas.domain.removals import Removal, upload_of
from maas.platform.observability import logger
from maas.services.file_uses import FileUses, Use
from maas.services.ports.messaging import DELAY_MAX, RemovalQueue
from maas.services.ports.registry import Registry
from maas.services.ports.storage import ObjectStore

# Seconds until a removal that met an unavailable system is tried again; never more than the grace.
POSTPONED = 60
# Objects, and uploads under way, that one message looks at; another message goes on.
PAGE = 100


class RemovalService:
    """The use case of the remover function. It is idempotent.

    `grace` is the number of seconds for which a file stays: downloads and loads under way may still read it, and
    signed URLs may still write parts.
    """

    def __init__(self, registry: Registry, objects: ObjectStore, queue: RemovalQueue, grace: int) -> None:
        self._registry = registry
        self._objects = objects
        self._queue = queue
        self._grace = grace

    async def remove(self, removal: Removal) -> None:
        """Removes what is not used at the place, or sends the message again for later.

        Raises Unavailable if the queue does not answer: SQS must deliver the message again.
        """
        wait = removal.since + self._grace - int(time.time())
        if wait > 0:
            self._queue.send(removal, min(wait, DELAY_MAX))
            return
        try:
            await self._remove(removal)
        except Unavailable as error:
            logger.error("removal is postponed", model_id=removal.model_id, reason=error.message)
            self._queue.send(removal, min(POSTPONED, self._grace))

    async def _remove(self, removal: Removal) -> None:
        keys, more = self._objects.keys(removal.prefix, removal.after, PAGE)
        begun = self._objects.begun(removal.prefix, PAGE)
        uses = await FileUses(self._registry, removal, self._grace).of({*keys, *(key for key, _ in begun)})
        removed = self._remove_unused(uses, keys, begun)
        if removed:
            logger.info("files removed", model_id=removal.model_id, version=removal.version, count=removed)
        if more or len(begun) == PAGE:
            self._go_on(removal, [key for key in keys if uses[key] is not Use.UNUSED], progress=removed > 0)
        for upload_id in {upload_of(key)[1] for key, use in uses.items() if use is Use.UNDECIDED}:
            self._queue.send(replace(removal, upload_id=upload_id, since=int(time.time()), after=""))

    def _remove_unused(self, uses: Mapping[str, Use], keys: Sequence[str], begun: Sequence[tuple[str, str]]) -> int:
        unused = [key for key in keys if uses[key] is Use.UNUSED]
        for key in unused:
            self._objects.remove(key)
        ended = [upload for upload in begun if uses[upload[0]] is Use.UNUSED]
        for key, storage_upload_id in ended:
            self._objects.abort(key, storage_upload_id)
        return len(unused) + len(ended)

    def _go_on(self, removal: Removal, kept: Sequence[str], *, progress: bool) -> None:
        """Sends a message for the rest. It starts behind the last key that stays: a key that is gone is no mark."""
        after = max(kept, default=removal.after)
        if progress or after != removal.after:
            self._queue.send(replace(removal, after=after))
