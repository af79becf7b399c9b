"""The operation `push`: a local file becomes a version of a model.

An upload that broke off is found again by what the server says: its version is uploading, and the refusal of a second
upload names the first. The parts that the store has are compared by their MD5 with the file, so nothing is kept here.
"""

from functools import partial
from unicodedata import normalize

from maas_client import errors as e
from maas_client.answers import StartedUpload, Upload, Version
from maas_client.local_files import SourceFile, source_file
from maas_client.progress import Meter
from maas_client.transfer.jobs import in_thread
from maas_client.transfer.part_urls import SignedParts
from maas_client.transfer.places import require_storable
from maas_client.transfer.possession import proven
from maas_client.transfer.sending import PartSender
from maas_client.transfer.versions import HAVE_A_FILE, VersionPush

# A larger file is hashed while it is sent, unless the organization may have it. To hash a smaller one takes less time
# than the call that asks.
HASHED_FIRST_MAX = 32 * 1024**2
# Fewer parts cost the store less, and small ones cost less when a push breaks off. A larger file has the server's size.
_PART_OF_LARGE = 32 * 1024**2
_LARGE = range(512 * 1024**2, 64 * 1024**3)
# The fields of a refusal to start without a digest; the second one is that of a server that can't tell.
_NEEDS_DIGEST = frozenset({"sha256", "unless_known"})


class Push(VersionPush):
    """One push of a file."""

    async def _run(self) -> Version:
        plan = self._plan
        require_storable(plan.path.name)
        source = source_file(plan.path)
        model_id = await self._model()
        version = await self._draft(model_id, partial(self._begun, model_id, source))
        if version.state in HAVE_A_FILE and await self._is_file_of(version, source):
            return await self._published(version)  # an earlier push has done it
        version = await self._uploaded(version, source)
        return await self._published(await self._checked(version))

    async def _is_file_of(self, stored: Version | Upload, source: SourceFile) -> bool:
        """Returns whether the local file is this one. It is read only if the size is the same."""
        same_size = stored.size == source.size
        return same_size and stored.sha256 == await in_thread(source.hash)

    async def _begun(self, model_id: str, source: SourceFile) -> Version | None:
        """Returns the version whose upload of this very file broke off: the highest one, if it is uploading."""
        listed = (await self._versions.list(model_id, limit=1).first()).items
        if not listed or listed[0].state != "uploading":
            return None
        upload = await self._current_upload(listed[0], source)
        same = upload and upload.state == "open" and upload.filename == normalize("NFC", self._plan.path.name)
        return listed[0] if same else None

    async def _uploaded(self, version: Version, source: SourceFile) -> Version:
        """Sends the file, or what is missing of it, and has it checked."""
        upload = await self._upload(version, source)
        if upload.state == "completed":
            return version
        if await proven(self._uploads, upload, {upload.filename: self._plan.path}):
            await self._uploads.complete(upload.upload_id)
            return version
        received = {part.part_number: part for part in getattr(upload, "received", ())}
        wanted = [number for number in range(1, upload.part_count + 1) if number not in received]
        urls = SignedParts(self._uploads, upload.upload_id, wanted)
        if isinstance(upload, StartedUpload):
            urls.keep(upload.urls, upload.server_time)
        meter = Meter("sending", source.size, self._plan.progress)
        async with self._http() as http:
            sender = PartSender(http, urls, meter, self._plan.parallel)
            digest = await sender.send(source, upload.part_size, received)
        await self._uploads.complete(upload.upload_id, sha256=digest)
        return version

    async def _upload(self, version: Version, source: SourceFile) -> StartedUpload | Upload:
        """Returns a new upload, or the one that broke off. Raises WrongState if another file is there."""
        if not self._plan.replace:
            try:
                return await self._start(version, source, replace=False)
            except e.WrongState as refusal:
                upload = await self._resumable(source, refusal)
                if upload is None:
                    raise
                return upload
        current = await self._current_upload(version, source) if version.state == "uploading" else None
        if current and current.state == "open":
            return current
        return await self._start(version, source, replace=True)

    async def _start(self, version: Version, source: SourceFile, *, replace: bool) -> StartedUpload:
        """Starts an upload, and declares its digest if the organization may have the file, which is not sent then."""
        start = partial(
            self._uploads.start,
            version.model_id,
            version.version,
            self._plan.path.name,
            source.size,
            part_size=_PART_OF_LARGE if source.size in _LARGE else None,
            replace=replace,
        )
        if source.size > HASHED_FIRST_MAX:
            try:
                return await start(unless_known=True)
            except e.InvalidInput as refusal:
                if refusal.field not in _NEEDS_DIGEST:
                    raise
        return await start(sha256=await in_thread(source.hash))

    async def _resumable(self, source: SourceFile, refusal: e.WrongState) -> Upload | None:
        """Returns the upload that the refusal names, if it is of a file of this size and can go on or is complete."""
        upload = await self._uploads.get(refusal.upload_id) if refusal.upload_id else None
        if upload is None or upload.size != source.size:
            return None
        if upload.state == "open":
            same = upload.sha256 is None or upload.sha256 == await in_thread(source.hash)
            return upload if same else None
        return upload if upload.state == "completed" and await self._is_file_of(upload, source) else None

    async def _current_upload(self, version: Version, source: SourceFile) -> Upload | None:
        """Returns the upload that is under way for a version, if it is of a file of this size."""
        try:
            await self._start(version, source, replace=False)
        except e.WrongState as refusal:
            return await self._resumable(source, refusal)
        return None
