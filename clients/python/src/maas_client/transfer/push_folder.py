"""A local folder becomes a version of a model: a set of files, of which one is served.

The digest of the set's manifest tells whether an upload that broke off, or a version, has the same files.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import httpx2
from anyio import to_thread

from maas_client import errors as e
from maas_client.answers import StartedUpload, Upload, UploadFile, Version
from maas_client.local_files import readable
from maas_client.progress import Meter
from maas_client.resources.models import Models
from maas_client.resources.uploads import Uploads
from maas_client.resources.versions import Versions
from maas_client.transfer.folders import HashedFile, digest_of, files_of, hashed, main_of
from maas_client.transfer.jobs import all_or_first_failure, within
from maas_client.transfer.part_urls import SignedParts
from maas_client.transfer.sending import MEMORY_MAX
from maas_client.transfer.store import TIMEOUT, attempts, check
from maas_client.transfer.versions import HAVE_A_FILE, Plan, VersionPush

_Upload: TypeAlias = StartedUpload | Upload


@dataclass(frozen=True)
class _Part:
    file: UploadFile
    number: int

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def key(self) -> tuple[str, int]:
        return self.file.path, self.number

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.file.part_size

    @property
    def length(self) -> int:
        return min(self.file.part_size, self.file.size - self.offset)


class FolderPush(VersionPush):
    """One push of a folder."""

    def __init__(
        self, models: Models, versions: Versions, uploads: Uploads, http: Callable[[], httpx2.AsyncClient], plan: Plan
    ) -> None:
        super().__init__(models, versions, plan)
        self._uploads, self._http = uploads, http

    async def run(self) -> Version:
        """Returns the version once its files are checked and, if asked for, published.

        Raises FileError, TransferError, ValidationFailed, ApiError, DeadlineExceeded.
        """
        with within(self._plan.timeout, f"the push of {self._plan.path}"):
            return await self._run()

    async def _run(self) -> Version:
        files = await self._hashed()
        digest = digest_of(files)
        model_id = await self._model()
        version = await self._draft(model_id, partial(self._begun, model_id, files, digest))
        if version.state in HAVE_A_FILE and version.digest == digest:
            return await self._published(version)  # an earlier push has done it
        upload = await self._upload(version, files, digest)
        if upload.state == "open":
            await self._send(upload, files)
            await self._uploads.complete(upload.upload_id)
        return await self._published(await self._checked(version))

    async def _hashed(self) -> Sequence[HashedFile]:
        """Reads all files once, one after the other in a thread."""
        files = await to_thread.run_sync(files_of, self._plan.path)
        main = main_of(files, self._plan.main)
        meter, found = Meter("hashing", sum(file.size for file in files), self._plan.progress), []
        for file in files:
            found.append(await to_thread.run_sync(hashed, file, main))
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
        return await self._uploads.start_set(version.model_id, version.version, declared, replace=replace)

    async def _same(self, refusal: e.WrongState, digest: str) -> Upload | None:
        """Returns the upload that a refusal names, if it is of the same files and was not given up."""
        upload = await self._uploads.get(refusal.upload_id) if refusal.upload_id else None
        same = upload and upload.manifest_digest == digest and upload.state in {"open", "completed"}
        return upload if same else None

    async def _send(self, upload: _Upload, files: Sequence[HashedFile]) -> None:
        """Sends what is missing, in turns: an answer names the first missing parts of each file."""
        sender = _Sender(self._http, self._uploads, {file.path: file for file in files}, self._plan.parallel)
        meter = Meter("sending", sum(file.size for file in files), self._plan.progress)
        meter.skipped(sum(_stored(file) for file in upload.files))
        while missing := _missing(upload):
            await sender.send(upload, missing, meter)
            upload = await self._uploads.get(upload.upload_id)


class _Sender:
    """Sends parts of several files, each read when its turn comes."""

    def __init__(
        self,
        http: Callable[[], httpx2.AsyncClient],
        uploads: Uploads,
        files: Mapping[str, HashedFile],
        parallel: int,
    ) -> None:
        self._http, self._uploads, self._files, self._parallel = http, uploads, files, parallel

    async def send(self, upload: _Upload, missing: Sequence[_Part], meter: Meter) -> None:
        """Sends the parts, at most MEMORY_MAX bytes at once. Raises ChangedFile, TransferError, ApiError."""
        urls = SignedParts(self._uploads, upload.upload_id, [part.key for part in missing])
        if isinstance(upload, StartedUpload):
            urls.keep(upload.urls, upload.server_time)
        workers = max(1, min(self._parallel, MEMORY_MAX // max(1, *(part.length for part in missing))))
        parts = iter(missing)
        async with self._http() as http:
            await all_or_first_failure([partial(self._work, http, urls, parts, meter) for _ in range(workers)])

    async def _work(self, http: httpx2.AsyncClient, urls: SignedParts, parts: Iterator[_Part], meter: Meter) -> None:
        for part in parts:
            data = await to_thread.run_sync(_read, self._files[part.path].source, part)
            await self._put(http, urls, part, data)
            meter.moved(part.length)

    async def _put(self, http: httpx2.AsyncClient, urls: SignedParts, part: _Part, data: bytes) -> None:
        async def once() -> None:
            url = await urls.get(part.key)
            headers = {**url.headers, "content-length": str(part.length)}
            check(await http.put(url.url, content=data, headers=headers, timeout=TIMEOUT), 200)

        async def renew() -> None:
            urls.done(part.key)

        await attempts(once, renew)
        urls.done(part.key)


def _stored(file: UploadFile) -> int:
    """Returns the bytes of a file that need not be sent; none of a file of which only the first parts are listed."""
    listed = file.missing_count == len(file.missing)
    return file.size - sum(_Part(file, number).length for number in file.missing) if listed else 0


def _missing(upload: _Upload) -> list[_Part]:
    return [_Part(file, number) for file in upload.files for number in file.missing]


def _read(source: Path, part: _Part) -> bytes:
    """Reads a part. Raises ChangedFile if the file has become shorter, UnreadableFile."""
    with readable(source), source.open("rb") as handle:
        handle.seek(part.offset)
        data = handle.read(part.length)
    if len(data) != part.length:
        raise e.ChangedFile(f"{source} changed while it was read: try again once it is complete")
    return data
