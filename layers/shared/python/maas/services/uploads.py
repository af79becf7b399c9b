"""Uploads: files go from the client to the store; these use cases sign URLs, count parts and change states."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from maas.domain import value_rules
from maas.domain.catalog.versions import SERVED, VersionState, parse
from maas.domain.errors import InvalidInput, MaasError, NotFound, Rule, Unavailable, WrongState
from maas.domain.identity.principals import Principal, Scope
from maas.domain.ids import new_id
from maas.domain.uploads.files import SET_MAX, FileLimits
from maas.domain.uploads.paths import checked_filename
from maas.domain.uploads.sessions import START_SIGN_MAX, Upload, UploadStart, UploadState, plan, storage_key
from maas.domain.uploads.stored_parts import StoredPart
from maas.services.ports.messaging import ValidationQueue
from maas.services.ports.models import ModelReader
from maas.services.ports.storage import ObjectStore
from maas.services.ports.upload_registry import UploadRegistry
from maas.services.ports.versions import VersionReader
from maas.services.possession import KnownFile, PossessionService, Proof
from maas.services.upload_parts import (
    PartRequest,
    SignedPart,
    check_received,
    check_requested,
    missing_parts,
    sign_parts,
)
from maas.services.upload_sets import FileProgress, NewSet, SetUploads

_VALIDATED = SERVED | {VersionState.READY, VersionState.FAILED}


class Registry(ModelReader, VersionReader, UploadRegistry, Protocol):
    """The parts of the registry that are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """A file as the client declares it. `parts` are signed at once; empty: the first 32, without checksums.

    `replace`: whether an upload under way, or a file that is not published, gives way to this one.
    `unless_known`: whether a start without `sha256` is refused if the organization may have the file.
    """

    version: str
    filename: str
    size: int
    sha256: str = ""
    part_size: int | None = None
    parts: tuple[PartRequest, ...] = ()
    replace: bool = False
    unless_known: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A new upload with the URLs of its first parts; `known` are the files that need not be sent."""

    upload: Upload
    urls: list[SignedPart]
    known: tuple[KnownFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """An upload and the parts that the store received; `missing` are the numbers of the other parts.

    `dropped`: whether the upload is open, but the store has removed its parts. A set has `files` in place of parts.
    `known` are the files that need not be sent.
    """

    upload: Upload
    received: tuple[StoredPart, ...] = ()
    missing: tuple[int, ...] = ()
    dropped: bool = False
    files: tuple[FileProgress, ...] = ()
    known: tuple[KnownFile, ...] = ()


class UploadService:
    """Use cases of uploads.

    `max_bytes` is the size of the largest file that may be uploaded, and `max_set_bytes` that of all files of a set,
    which may hold larger ones beside its main file.
    """

    def __init__(
        self,
        registry: Registry,
        objects: ObjectStore,
        queue: ValidationQueue,
        possession: PossessionService,
        max_bytes: int,
        max_set_bytes: int = SET_MAX,
    ) -> None:
        self._registry = registry
        self._objects = objects
        self._queue = queue
        self._possession = possession
        self._max_bytes = max_bytes
        self._sets = SetUploads(registry, objects, FileLimits(main=max_bytes, total=max_set_bytes))

    async def start(self, by: Principal, model_id: str, new: NewUpload | NewSet) -> Started:
        """Begins a multipart upload and signs its first parts.

        Checks every value before the store is called, so that a bad one leaves no upload there.

        Raises InvalidInput, NotFound (model, version), PermissionDenied, WrongState (version), Unavailable.
        """
        if isinstance(new, NewSet):
            return await self._start_set(by, model_id, new)
        number, parts = parse(new.version), plan(new.size, new.part_size, self._max_bytes)
        filename, sha256 = checked_filename(new.filename), new.sha256 and value_rules.sha256(new.sha256)
        requested = new.parts or tuple(PartRequest(n) for n in range(1, min(parts.count, START_SIGN_MAX) + 1))
        checksums = any(part.sha256 for part in requested)
        check_requested(requested, parts, checksums=checksums, most=START_SIGN_MAX)
        model = await self._registry.get_model(by, model_id, Scope.UPLOADS_WRITE)
        upload_id = new_id()
        # Of the model's organization: a grant may let somebody of another one upload to it.
        key = storage_key(model.tenant_id, model.id, number, upload_id)
        start = UploadStart(
            upload_id=upload_id,
            model_id=model.id,
            version=number,
            filename=filename,
            size=parts.size,
            sha256=sha256,
            part_size=parts.part_size,
            storage_key=key,
            storage_upload_id=self._objects.begin(key, checksums=checksums),
            checksums=checksums,
            replace=new.replace,
            unless_known=new.unless_known,
        )
        upload = await self._registered(by, start)
        urls = sign_parts(self._objects, upload, requested)
        return Started(upload, urls, await self._possession.known(by, upload))

    async def sign(self, by: Principal, upload_id: str, requested: Sequence[PartRequest]) -> list[SignedPart]:
        """Signs more parts of an open upload. Raises InvalidInput (parts), NotFound, WrongState, Unavailable."""
        upload = await self._registry.get_upload(by, upload_id)
        if upload.is_set:
            return await self._sets.sign(by, upload, requested)
        if upload.state is UploadState.OPEN and upload.content_key:
            raise WrongState.of("state", "the store has the file; complete the upload")
        if upload.state is UploadState.OPEN and not self._objects.is_open(upload.storage_key, upload.storage_upload_id):
            upload = await self._registry.get_upload(by, upload_id)  # a concurrent call may have ended it
            if upload.state is UploadState.OPEN:
                self._require_file(upload)
                raise WrongState.of("state", "the store has put the file together; complete the upload again")
        if upload.state is not UploadState.OPEN:
            raise WrongState.of("state", f"{upload.fate}; it takes no more parts", upload.replaced_by)
        check_requested(requested, upload.plan, checksums=upload.checksums)
        return sign_parts(self._objects, upload, requested)

    async def progress(self, by: Principal, upload_id: str) -> Progress:
        """The upload, and its parts while it is open. Raises NotFound, Unavailable."""
        upload = await self._registry.get_upload(by, upload_id)
        is_sent = upload.state is UploadState.OPEN and not upload.content_key
        try:
            if upload.is_set:
                return await self._progress_of_set(by, upload)
            received = self._received(upload) if is_sent else None
        except WrongState:
            upload = await self._registry.get_upload(by, upload_id)  # a concurrent call may have ended it
            return Progress(upload, dropped=upload.state is UploadState.OPEN)
        if received is None:
            return Progress(upload)
        known = await self._possession.known(by, upload)
        return Progress(upload, tuple(received), tuple(missing_parts(upload.plan, received)), known=known)

    async def prove(self, by: Principal, upload_id: str, proofs: Sequence[Proof]) -> Upload:
        """See PossessionService.prove."""
        return await self._possession.prove(by, upload_id, proofs)

    async def _start_set(self, by: Principal, model_id: str, new: NewSet) -> Started:
        upload = await self._sets.start(by, model_id, new)
        known = await self._possession.known(by, upload)
        return Started(upload, await self._sets.sign_first(by, upload, {file.path for file in known}), known)

    async def _progress_of_set(self, by: Principal, upload: Upload) -> Progress:
        if upload.state is not UploadState.OPEN:
            return Progress(upload, files=tuple(FileProgress(file, is_stored=True) for file in upload.files))
        files = self._sets.progress(upload)
        stored = {each.file.path for each in files if each.is_stored}
        return Progress(upload, files=tuple(files), known=await self._possession.known(by, upload, stored))

    async def abort(self, by: Principal, upload_id: str) -> None:
        """Aborts the upload; idempotent. Raises NotFound, WrongState (completed), Unavailable."""
        await self._registry.abort_upload(by, upload_id)

    async def complete(self, by: Principal, upload_id: str, sha256: str = "") -> Upload:
        """Assembles the file and queues its validation.

        A repeated call returns the same, and continues where the first one stopped.

        Raises:
            InvalidInput: the digest is missing or not the declared one; parts are missing or have the wrong size.
            WrongState: the upload is aborted, or its version has gone on to another upload.
            NotFound, Unavailable
        """
        before = await self._registry.get_upload(by, upload_id)
        digest = _digest(before, sha256)
        if before.state is UploadState.OPEN:
            await self._assemble(by, before)
        upload = await self._registry.complete_upload(by, before.id, digest)
        if before.state is not UploadState.OPEN and await self._is_validated(by, upload):
            return upload
        self._queue.send(upload.id, upload.tenant_id)
        return upload

    async def _registered(self, by: Principal, start: UploadStart) -> Upload:
        """Records the begun upload in the registry, or aborts it in the store if the registry has not recorded it."""
        try:
            upload = await self._registry.start_upload(by, start)
        except MaasError as error:
            with suppress(Unavailable):  # the bucket's lifecycle rule removes it later
                recorded = isinstance(error, Unavailable) and await self._recorded(by, start.upload_id)
                if recorded:
                    return recorded
                self._objects.abort(start.storage_key, start.storage_upload_id)
            raise
        if upload.id != start.upload_id:  # an earlier call with the same key has started it
            with suppress(Unavailable):
                self._objects.abort(start.storage_key, start.storage_upload_id)
        return upload

    async def _recorded(self, by: Principal, upload_id: str) -> Upload | None:
        """The upload, if only the answer to its start was lost. Raises Unavailable."""
        try:
            return await self._registry.get_upload(by, upload_id)
        except NotFound:
            return None

    async def _is_validated(self, by: Principal, upload: Upload) -> bool:
        version = await self._registry.get_version(by, upload.model_id, upload.version, Scope.UPLOADS_WRITE)
        return version.state in _VALIDATED

    async def _assemble(self, by: Principal, upload: Upload) -> None:
        try:
            self._assemble_once(upload)
        except WrongState:
            # A concurrent call may have ended the upload, and the file may be validated, or removed, by now.
            if (await self._registry.get_upload(by, upload.id)).state is UploadState.OPEN:
                raise

    def _assemble_once(self, upload: Upload) -> None:
        if upload.is_set:
            self._sets.assemble(upload)
            return
        if upload.content_key:
            return
        received = self._received(upload)
        if received is None:
            return
        check_received(upload.plan, received)
        try:
            self._objects.finish(upload.storage_key, upload.storage_upload_id, received)
        except NotFound:  # a concurrent call has assembled it
            self._require_file(upload)

    def _received(self, upload: Upload) -> list[StoredPart] | None:
        """Returns None if an earlier call assembled the file but broke off before it could inform the registry."""
        try:
            return self._objects.parts(upload.storage_key, upload.storage_upload_id)
        except NotFound:
            self._require_file(upload)
            return None

    def _require_file(self, upload: Upload) -> None:
        """Only this upload uses its key, so an object of the right size under the key is the file."""
        if self._objects.size(upload.storage_key) != upload.size:
            message = "the store has given this upload up; start again with replace: true"
            raise WrongState.of("state", message)


def _digest(upload: Upload, sha256: str) -> str:
    """The file's SHA-256 as declared now or at the start. The validator compares the file with it.

    Checked before the file is assembled: a wrong digest must not end the multipart upload.
    """
    digest = value_rules.sha256(sha256) if sha256 else upload.sha256
    if not digest:
        raise InvalidInput.of("sha256", Rule.REQUIRED, "is needed here, since the upload was started without it")
    upload.check_digest(digest)
    return digest
