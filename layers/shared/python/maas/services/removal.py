"""Removal of files that nothing names any more, some time after the change that took their use away."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from maas.domain.capturing.captures import END_SECONDS, captures_prefix, stored_at
from maas.domain.errors import Unavailable
from maas.domain.identity.principals import remover
from maas.domain.removals import Removal, place_of, upload_of
from maas.domain.uploads.contents import FileEntry
from maas.platform.observability import logger
from maas.services.file_uses import FileUses, Registry, Use
from maas.services.ports.messaging import DELAY_MAX, RemovalQueue
from maas.services.ports.monitoring import ModelTraces
from maas.services.ports.storage import ObjectStore

# Seconds until a removal that met an unavailable system is tried again; never more than the grace.
POSTPONED = 60
# Objects, and uploads under way, that one message looks at; another message goes on.
PAGE = 100


class RemovalService:
    """The use case of the remover function. It is idempotent.

    `grace` is the number of seconds for which a file stays: downloads and loads under way may still read it, and
    signed URLs may still write parts. `traces` are what predictions of a model have left.
    """

    def __init__(
        self, registry: Registry, objects: ObjectStore, queue: RemovalQueue, grace: int, traces: ModelTraces
    ) -> None:
        self._registry = registry
        self._objects = objects
        self._queue = queue
        self._grace = grace
        self._traces = traces

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
        if removal.captured:
            if self._remove_captures(removal, removal.since + END_SECONDS):
                self._queue.send(removal)
            return
        files = FileUses(self._registry, removal, self._grace)
        if removal.begins_a_model and await files.model_is_deleted() and self._remove_traces(removal):
            self._queue.send(removal)
        keys, more = self._objects.keys(removal.prefix, removal.after, PAGE)
        begun = self._objects.begun(removal.prefix, PAGE)
        uses = await files.of({*keys, *(key for key, _ in begun)})
        removed = await self._remove_unused(removal, uses, keys, begun)
        if removed:
            logger.info("files removed", model_id=removal.model_id, version=removal.version, count=removed)
        if more or len(begun) == PAGE:
            self._go_on(removal, [key for key in keys if uses[key] is not Use.UNUSED], progress=removed > 0)
        else:
            await self._end_reuses(removal, files)
        for upload_id in {upload_of(key)[1] for key, use in uses.items() if use is Use.UNDECIDED}:
            self._queue.send(replace(removal, upload_id=upload_id, since=int(time.time()), after=""))

    def _remove_traces(self, removal: Removal) -> bool:
        """Removes captured inputs and figures of a deleted model. Returns whether there may be more of them."""
        more = self._remove_captures(removal)
        return self._traces.remove(removal.tenant_id, removal.model_id) or more

    def _remove_captures(self, removal: Removal, until: int | None = None) -> bool:
        """Removes captured inputs, only those of predictions up to `until` if it is given.

        Returns whether there may be more of them.
        """
        keys, more = self._objects.keys(captures_prefix(removal.tenant_id, removal.model_id), "", PAGE)
        ended = [key for key in keys if until is None or stored_at(key).timestamp() <= until]
        for key in ended:
            self._objects.remove(key)
        if ended:
            logger.info("captured inputs removed", model_id=removal.model_id, count=len(ended))
        return more and len(ended) == len(keys)

    async def _remove_unused(
        self, removal: Removal, uses: Mapping[str, Use], keys: Sequence[str], begun: Sequence[tuple[str, str]]
    ) -> int:
        unused = [key for key in keys if uses[key] is Use.UNUSED]
        for key in unused:
            self._objects.remove(key)
        ended = [upload for upload in begun if uses[upload[0]] is Use.UNUSED]
        for key, storage_upload_id in ended:
            self._objects.abort(key, storage_upload_id)
        if files := sorted({upload_of(key)[0] for key in unused}):
            await self._registry.forget_files(remover(removal.tenant_id), files)
        return len(unused) + len(ended)

    async def _end_reuses(self, removal: Removal, files: FileUses) -> None:
        """Ends the uses that uploads of the place make of other uploads' files, and forgets files that are gone.

        A file that loses a use here is looked at after another grace: its own version may have been deleted just now.
        """
        by, after = remover(removal.tenant_id), removal.known_after
        known = await self._registry.known_files(by, removal.prefix, limit=PAGE, after=after)
        uses = await files.of_uploads({upload_of(file.key)[1] for file in known})
        ended = [file for file in known if uses[upload_of(file.key)[1]] is Use.UNUSED and self._is_gone(file)]
        if ended:
            await self._registry.forget_files(by, [file.key for file in ended])
        since = int(time.time())
        for place in dict.fromkeys(place_of(file.storage_key, since) for file in ended if file.is_reuse):
            self._queue.send(place)
        if len(known) == PAGE:
            self._queue.send(replace(removal, known_after=known[-1].key))

    def _is_gone(self, file: FileEntry) -> bool:
        return file.is_reuse or self._objects.size(file.key) is None

    def _go_on(self, removal: Removal, kept: Sequence[str], *, progress: bool) -> None:
        """Sends a message for the rest. It starts behind the last key that stays: a key that is gone is no mark."""
        after = max(kept, default=removal.after)
        if progress or after != removal.after:
            self._queue.send(replace(removal, after=after))
