"""A local folder becomes a version of a model: a set of files, of which one is served.

The digest of the set's manifest tells whether an upload that broke off, or a version, has the same files.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial
from typing import TypeAlias

from maas_client import errors as e
from maas_client.answers import StartedUpload, Upload, UploadFile, Version
from maas_client.progress import Meter
from maas_client.transfer.folders import HashedFile, digest_of, hashed
from maas_client.transfer.jobs import in_thread
from maas_client.transfer.possession import proven
from maas_client.transfer.sending_files import FilePart, FilesSender
from maas_client.transfer.versions import HAVE_A_FILE, VersionPush

_Upload: TypeAlias = StartedUpload | Upload
# A larger folder is asked for before it is read: the server may refuse its sizes, and reading it would take minutes.
_ASKED_FROM = 1024**3
# A part may be sent again if the store has lost it, but not for ever.
_SENT_MAX = 3
_PLACE = re.compile(r"files\[(\d+)\]\.(path|size|sha256)")


class FolderPush(VersionPush):
    """One push of a folder."""

    async def _run(self) -> Version:
        model_id = await self._model()
        if sum(file.size for file in self._plan.files) > _ASKED_FROM:
            await self._ask(model_id)
        files = await self._hashed()
        digest = digest_of(files)
        version = await self._draft(model_id, partial(self._begun, model_id, files, digest))
        if version.state in HAVE_A_FILE and version.digest == digest:
            return await self._published(version)  # an earlier push has done it
        upload = await self._upload(version, files, digest)
        if upload.state == "open":
            await self._send(upload, files)
            await self._uploads.complete(upload.upload_id)
        return await self._published(await self._checked(version))

    async def _ask(self, model_id: str) -> None:
        """Asks whether the server takes these paths and sizes. Raises FileError with the first that it does not take.

        It checks them before the digests, which are left out here, and refuses those then.
        """
        unread = [
            HashedFile(file.path, file.source, file.size, "", file.path == self._plan.main) for file in self._plan.files
        ]
        try:
            await self._uploads.start_set(model_id, self._plan.version or "0.0.0", [file.declared() for file in unread])
        except e.InvalidInput as refusal:
            if not refusal.field.endswith(".sha256"):
                raise _named(refusal, unread) from refusal

    async def _hashed(self) -> Sequence[HashedFile]:
        """Reads all files once, one after the other in a thread."""
        files, main = self._plan.files, self._plan.main
        assert main is not None
        meter, found = Meter("hashing", sum(file.size for file in files), self._plan.progress), []
        for file in files:
            found.append(await in_thread(partial(hashed, file, main)))
            meter.moved(file.size)
        return found

    async def _begun(self, model_id: str, files: Sequence[HashedFile], digest: str) -> Version | None:
        """Returns the version whose upload of these files broke off: the highest one, if it is uploading."""
        listed = (await self._versions.list(model_id, limit=1).first()).items
        if not listed or listed[0].state != "uploading":
            return None
        try:
            upload: _Upload = await self._start(listed[0], files)
        except e.WrongState as refusal:
            same = await self._same(refusal, digest)
            if same is None:
                return None
            upload = same
        return listed[0] if upload.state == "open" else None

    async def _upload(self, version: Version, files: Sequence[HashedFile], digest: str) -> _Upload:
        """Returns a new upload, or the one of the same files. Raises WrongState if others are there."""
        try:
            return await self._start(version, files)
        except e.WrongState as refusal:
            if upload := await self._same(refusal, digest):
                return upload
            if not self._plan.replace:
                raise
        return await self._start(version, files, replace=True)

    async def _start(self, version: Version, files: Sequence[HashedFile], *, replace: bool = False) -> StartedUpload:
        declared = [file.declared() for file in files]
        try:
            return await self._uploads.start_set(version.model_id, version.version, declared, replace=replace)
        except e.InvalidInput as refusal:
            raise _named(refusal, files) from refusal

    async def _same(self, refusal: e.WrongState, digest: str) -> Upload | None:
        """Returns the upload that a refusal names, if it is of the same files and was not given up."""
        upload = await self._uploads.get(refusal.upload_id) if refusal.upload_id else None
        same = upload and upload.manifest_digest == digest and upload.state in {"open", "completed"}
        return upload if same else None

    async def _send(self, upload: _Upload, files: Sequence[HashedFile]) -> None:
        """Sends what is missing and not proven, in turns: an answer names the first missing parts of each file."""
        _require_known(upload, files)
        known = await proven(self._uploads, upload, {file.path: file.source for file in files})
        sender = FilesSender(self._http, self._uploads, {file.path: file for file in files}, self._plan.parallel)
        meter = Meter("sending", sum(file.size for file in files), self._plan.progress)
        meter.skipped(sum(file.size if file.path in known else _stored(file) for file in upload.files))
        sent = Counter[tuple[str, int]]()
        while missing := _missing(upload, known):
            if lost := next((part for part in missing if sent[part.key] == _SENT_MAX), None):
                raise e.TransferError(f"the server misses part {lost.number} of {lost.path} that the store has taken")
            await sender.send(upload, missing, meter)
            sent.update(part.key for part in missing)
            upload = await self._uploads.get(upload.upload_id)
            _require_known(upload, files)


def _named(refusal: e.InvalidInput, files: Sequence[HashedFile]) -> e.MaasError:
    """Returns the refusal of a file with its path, which the server names by its place in the request."""
    place = _PLACE.fullmatch(refusal.field)
    if place is None or int(place[1]) >= len(files):
        return refusal
    message = _PLACE.sub(lambda other: _path_at(files, int(other[1])), refusal.errors[0].message)
    return e.FileError(f"{_path_at(files, int(place[1]))}: its {place[2]} {message}")


def _path_at(files: Sequence[HashedFile], place: int) -> str:
    """Returns the path of a file by its place in the request; a place that is none as such."""
    return files[place].path if place < len(files) else f"files[{place}]"


def _require_known(upload: _Upload, files: Sequence[HashedFile]) -> None:
    """Raises UnexpectedAnswer if the upload is one of other files than these."""
    if {(file.path, file.size) for file in upload.files} != {(file.path, file.size) for file in files}:
        raise e.UnexpectedAnswer("the server names other files than those of the push")


def _stored(file: UploadFile) -> int:
    """Returns the bytes of a file that need not be sent; none of a file of which only the first parts are listed."""
    listed = file.missing_count == len(file.missing)
    return file.size - sum(FilePart(file, number).length for number in file.missing) if listed else 0


def _missing(upload: _Upload, known: Collection[str]) -> list[FilePart]:
    return [FilePart(file, number) for file in upload.files if file.path not in known for number in file.missing]
