"""Uses of a file in the store: by an upload under way, by a version, or by other uploads."""

import time
from collections.abc import Collection, Iterable, Mapping
from enum import Enum, auto
from typing import Protocol

from maas.domain.catalog.versions import Version, VersionState
from maas.domain.errors import NotFound
from maas.domain.identity.principals import Scope, remover
from maas.domain.ids import first_id
from maas.domain.removals import Removal, upload_of
from maas.domain.uploads.sessions import Upload, UploadState
from maas.services.ports.contents import ContentRegistry
from maas.services.ports.models import ModelReader
from maas.services.ports.upload_registry import UploadRegistry
from maas.services.ports.versions import VersionReader

# Seconds by which the clock that made an upload's id may be ahead.
_SKEW = 3600
# Files that the registry is asked about at once.
_BATCH = 100
# The states of a version that has no file, whatever its last upload was.
_WITHOUT_FILE = frozenset({VersionState.DRAFT, VersionState.FAILED})


class Registry(ModelReader, VersionReader, UploadRegistry, ContentRegistry, Protocol):
    """The parts of the registry that are asked."""


class Use(Enum):
    """UNUSED is final: an upload that has ended never opens again, and its id is not given twice."""

    USED = auto()
    UNUSED = auto()
    UNDECIDED = auto()


class FileUses:
    """Asks the registry about files of one place, in the records as they are stored now.

    An upload that the registry does not know yet may be younger than `grace` seconds: its start is under way.
    """

    def __init__(self, registry: Registry, place: Removal, grace: int) -> None:
        self._registry = registry
        self._by = remover(place.tenant_id)
        self._place = place
        self._grace = grace

    async def of(self, keys: Iterable[str]) -> Mapping[str, Use]:
        """The use of the file to which each object belongs, by the object's key.

        A file is used as long as an upload uses it: its own, or another one of the same content. No upload comes to use
        one that is UNUSED.
        """
        files = {key: upload_of(key) for key in keys}
        uses = await self.of_uploads({upload_id for _, upload_id in files.values()})
        unused = {file for file, upload_id in files.values() if uses[upload_id] is Use.UNUSED}
        kept = await self._used_by_others(unused)
        return {key: Use.USED if file in kept else uses[upload_id] for key, (file, upload_id) in files.items()}

    async def of_uploads(self, upload_ids: Collection[str]) -> Mapping[str, Use]:
        """The use of their own files that the uploads make."""
        if await self.model_is_deleted():
            return dict.fromkeys(upload_ids, Use.UNUSED)
        if not self._place.version:  # only a deleted model is looked through as a whole
            return dict.fromkeys(upload_ids, Use.USED)
        return {upload_id: await self._use(upload_id) for upload_id in upload_ids}

    async def _used_by_others(self, files: Collection[str]) -> Collection[str]:
        """Returns those of the files that other uploads use; the contents of the others are condemned."""
        kept, ordered = set[str](), sorted(files)
        for start in range(0, len(ordered), _BATCH):
            kept.update(await self._registry.condemn_files(self._by, ordered[start : start + _BATCH]))
        return kept

    async def _use(self, upload_id: str) -> Use:
        """Reads the upload before the version: one that has completed by then is not of a version that comes later."""
        upload = await self._upload(upload_id)
        if upload is None and self._is_young(upload_id):
            return Use.UNDECIDED
        if upload and upload.state is not UploadState.COMPLETED:
            return Use.USED if upload.state is UploadState.OPEN else Use.UNUSED
        version = await self._version()
        if version is None or version.state in _WITHOUT_FILE:
            return Use.UNUSED
        if not version.upload_id:  # a registry of an earlier release does not say it
            return Use.UNDECIDED
        return Use.USED if version.upload_id == upload_id else Use.UNUSED

    async def model_is_deleted(self) -> bool:
        try:
            await self._registry.get_model(self._by, self._place.model_id, Scope.UPLOADS_WRITE)
        except NotFound:
            return True
        return False

    async def _upload(self, upload_id: str) -> Upload | None:
        try:
            return await self._registry.get_upload(self._by, upload_id)
        except NotFound:
            return None

    async def _version(self) -> Version | None:
        try:
            return await self._registry.get_version(
                self._by, self._place.model_id, self._place.version, Scope.UPLOADS_WRITE
            )
        except NotFound:
            return None

    def _is_young(self, upload_id: str) -> bool:
        now = time.time()
        first, last = (first_id(int(at * 1000)) for at in (now - self._grace, now + _SKEW))
        return first <= upload_id < last
