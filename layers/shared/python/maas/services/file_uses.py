"""Whether a file in the store is still used: by an upload under way, or by a version."""

import time
from collections.abc import Iterable, Mapping
from enum import Enum, auto

from maas.domain.catalog.versions import Version, VersionState
from maas.domain.errors import NotFound
from maas.domain.identity.principals import Scope, remover
from maas.domain.ids import first_id
from maas.domain.removals import Removal, upload_of
from maas.domain.uploads.sessions import Upload, UploadState
from maas.services.ports.registry import Registry

# Seconds by which the clock that made an upload's id may be ahead.
_SKEW = 3600


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
        """The use of the file to which each object belongs, by the object's key."""
        if await self._model_is_deleted():
            return dict.fromkeys(keys, Use.UNUSED)
        if not self._place.version:  # only a deleted model is looked through as a whole
            return dict.fromkeys(keys, Use.USED)
        files = {key: upload_of(key) for key in keys}
        uses = {file: await self._use(*file) for file in dict.fromkeys(files.values())}
        return {key: uses[file] for key, file in files.items()}

    async def _use(self, file: str, upload_id: str) -> Use:
        """Reads the upload before the version: one that has completed by then is not of a version that comes later."""
        upload = await self._upload(upload_id)
        if upload is None and self._is_young(upload_id):
            return Use.UNDECIDED
        if upload and upload.state is not UploadState.COMPLETED:
            return Use.USED if upload.state is UploadState.OPEN else Use.UNUSED
        version = await self._version()
        if version is None:
            return Use.UNUSED
        if version.artifact and version.artifact.storage_key == file:
            return Use.USED
        # A version does not say which completed upload it waits for.
        return Use.UNDECIDED if version.state is VersionState.VALIDATING else Use.UNUSED

    async def _model_is_deleted(self) -> bool:
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
