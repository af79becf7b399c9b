"""Uploads of sets of files. UploadService has the use cases; here is what differs from the upload of one file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from maas.domain.catalog.versions import parse
from maas.domain.errors import InvalidInput, NotFound, Rule, Unavailable, WrongState
from maas.domain.identity.principals import Principal, Scope
from maas.domain.ids import new_id
from maas.domain.uploads.files import DeclaredFile, FileLimits, checked_files, planned
from maas.domain.uploads.sessions import START_SIGN_MAX, Upload, UploadFile, UploadStart, file_key, storage_key
from maas.domain.uploads.stored_parts import StoredPart
from maas.services.ports.models import ModelReader
from maas.services.ports.storage import ObjectStore
from maas.services.ports.upload_registry import UploadRegistry
from maas.services.set_parts import SetParts
from maas.services.upload_parts import LISTED_MAX, PartRequest, SignedPart, check_received, missing_parts

GIVEN_UP = "the store has given this upload up; start again with replace: true"


class Registry(ModelReader, UploadRegistry, Protocol):
    """The parts of the registry that are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSet:
    """Files as the client declares them. `replace` is as in NewUpload."""

    version: str
    files: tuple[DeclaredFile, ...]
    replace: bool = False


@dataclass(frozen=True, slots=True)
class FileProgress:
    """A file of an upload, whether the store has it, and the numbers of its missing parts."""

    file: UploadFile
    is_stored: bool
    missing: tuple[int, ...] = ()


class SetUploads:
    """The part of UploadService that handles sets."""

    def __init__(self, registry: Registry, objects: ObjectStore, limits: FileLimits) -> None:
        self._registry = registry
        self._objects = objects
        self._limits = limits
        self._parts = SetParts(registry, objects)

    async def start(self, by: Principal, model_id: str, new: NewSet) -> Upload:
        """Records the upload. Nothing begins in the store before a part is signed."""
        number, declared = parse(new.version), checked_files(new.files, self._limits)
        model = await self._registry.get_model(by, model_id, Scope.UPLOADS_WRITE)
        upload_id = new_id()
        key = storage_key(model.tenant_id, model.id, number, upload_id)
        files = tuple(planned(file, file_key(key, i)) for i, file in enumerate(declared))
        main = next(file for file in files if file.main)
        start = UploadStart(
            upload_id=upload_id,
            model_id=model.id,
            version=number,
            filename=main.path,
            size=main.size,
            sha256=main.sha256,
            part_size=main.part_size,
            storage_key=main.storage_key,
            storage_upload_id="",
            replace=new.replace,
            files=files,
        )
        return await self._recorded(by, start)

    async def sign_first(self, by: Principal, upload: Upload, known: Collection[str]) -> list[SignedPart]:
        """Signs the first parts of the files that have to be sent, which those at the paths `known` may not."""
        first = [*islice(_parts(upload, known), START_SIGN_MAX)]
        return await self.sign(by, upload, first) if first else []

    async def sign(self, by: Principal, upload: Upload, requested: Sequence[PartRequest]) -> list[SignedPart]:
        """Signs parts of files. Raises InvalidInput (parts), WrongState, Unavailable."""
        return await self._parts.sign(by, upload, requested)

    def progress(self, upload: Upload) -> list[FileProgress]:
        """Returns what the store has of each file. Raises WrongState if it has dropped parts."""
        sizes = self._objects.sizes(upload.prefix)
        return [self._progress_of(file, sizes.get(file.storage_key)) for file in upload.files]

    def assemble(self, upload: Upload) -> None:
        """Puts the files in parts together, once all files are there. Raises InvalidInput (files), WrongState."""
        found = self.progress(upload)
        if missing := [each.file.path for each in found if not each.is_stored and each.missing]:
            listed = ", ".join(missing[:LISTED_MAX])
            more = f" and {len(missing) - LISTED_MAX} more" if len(missing) > LISTED_MAX else ""
            raise InvalidInput.of("files", Rule.MISSING, f"not received yet, or not whole: {listed}{more}")
        for each in found:
            if not each.is_stored:
                self._finish(each.file)

    async def _recorded(self, by: Principal, start: UploadStart) -> Upload:
        try:
            return await self._registry.start_upload(by, start)
        except Unavailable:  # perhaps only the answer was lost
            try:
                return await self._registry.get_upload(by, start.upload_id)
            except NotFound:
                pass
            raise

    def _progress_of(self, file: UploadFile, size: int | None) -> FileProgress:
        if size == file.size:
            return FileProgress(file, is_stored=True)
        if file.content_key or file.is_single or not file.storage_upload_id:
            return new_progress(file)
        received = self._received(file)
        if received is None:
            return FileProgress(file, is_stored=True)
        return FileProgress(file, is_stored=False, missing=tuple(missing_parts(file.plan, received)))

    def _received(self, file: UploadFile) -> list[StoredPart] | None:
        """The parts of a file; None if a concurrent call has put it together."""
        try:
            return self._objects.parts(file.storage_key, file.storage_upload_id)
        except NotFound:
            if self._objects.size(file.storage_key) != file.size:
                raise WrongState.of("state", GIVEN_UP) from None
            return None

    def _finish(self, file: UploadFile) -> None:
        received = self._received(file)
        if received is None:
            return
        check_received(file.plan, received)
        try:
            self._objects.finish(file.storage_key, file.storage_upload_id, received)
        except NotFound:
            self._received(file)


def new_progress(file: UploadFile) -> FileProgress:
    """A file of which nothing was sent. One that was proved need not be."""
    if file.content_key:
        return FileProgress(file, is_stored=True)
    return FileProgress(file, is_stored=False, missing=file.part_numbers)


def _parts(upload: Upload, without: Collection[str]) -> Iterator[PartRequest]:
    for file in upload.files:
        if file.path not in without:
            yield from (PartRequest(number, path=file.path) for number in file.part_numbers)
