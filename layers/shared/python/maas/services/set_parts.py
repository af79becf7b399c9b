"""Signed URLs for the files of a set: one for a whole file, or one for each part of a larger file."""

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress

from maas.domain.errors import InvalidInput, MaasError, Rule, Unavailable, WrongState
from maas.domain.identity.principals import Principal
from maas.domain.uploads.begun_files import BegunFile
from maas.domain.uploads.sessions import SIGN_MAX, Upload, UploadFile, UploadState
from maas.services.ports.storage import ObjectStore
from maas.services.ports.upload_registry import UploadRegistry
from maas.services.upload_parts import PartRequest, SignedPart, check_all_or_none, check_checksums, url_expiry


class SetParts:
    """Signs parts. The store's upload of a larger file begins when its first part is signed."""

    def __init__(self, registry: UploadRegistry, objects: ObjectStore) -> None:
        self._registry = registry
        self._objects = objects

    async def sign(self, by: Principal, upload: Upload, requested: Sequence[PartRequest]) -> list[SignedPart]:
        """Checks all parts, then signs them. Raises InvalidInput (parts), WrongState, Unavailable."""
        if upload.state is not UploadState.OPEN:
            raise WrongState.of("state", f"{upload.fate}; it takes no more parts", upload.replaced_by)
        files = _checked(upload, requested)
        begun = {
            path: await self._begun(by, upload, file, _has_checksums(requested, path, file)) for path, file in files
        }
        for i, part in enumerate(requested):
            if not begun[part.path].is_single:
                check_all_or_none(f"parts[{i}].sha256", part, checksums=begun[part.path].checksums)
        return [self._signed(begun[part.path], part) for part in requested]

    async def _begun(self, by: Principal, upload: Upload, file: UploadFile, checksums: bool) -> UploadFile:
        """The file with the store's id, which one of several calls has recorded."""
        if file.is_single or file.storage_upload_id:
            return file
        own = self._objects.begin(file.storage_key, checksums=checksums)
        try:
            found = await self._registry.begin_file(by, upload.id, BegunFile(file.path, own, checksums))
        except MaasError:
            self._give_up(file, own)
            raise
        if found.storage_upload_id != own:
            self._give_up(file, own)
        return found

    def _give_up(self, file: UploadFile, storage_upload_id: str) -> None:
        with suppress(Unavailable):  # the bucket's lifecycle rule removes it later
            self._objects.abort(file.storage_key, storage_upload_id)

    def _signed(self, file: UploadFile, part: PartRequest) -> SignedPart:
        expires_at = url_expiry()
        if file.is_single:
            length = file.size
            url, headers = self._objects.sign_object(file.storage_key, length, _base64(file.sha256), md5=part.md5)
        else:
            length = file.plan.length(part.number)
            url, headers = self._objects.sign_part(
                file.storage_key, file.storage_upload_id, part.number, length, md5=part.md5, sha256=part.sha256
            )
        return SignedPart(part.number, length, url, headers, expires_at, file.path)


def _checked(upload: Upload, requested: Sequence[PartRequest]) -> list[tuple[str, UploadFile]]:
    """The files of the parts, by the path in the request. Raises InvalidInput with the part at fault."""
    if not 1 <= len(requested) <= SIGN_MAX:
        rule = Rule.MAX_ITEMS if requested else Rule.MIN_ITEMS
        raise InvalidInput.of("parts", rule, f"must have from 1 to {SIGN_MAX} items")
    files = {file.path: file for file in upload.files}
    files[""] = next(file for file in upload.files if file.main)
    seen: set[tuple[str, int]] = set()
    for i, part in enumerate(requested):
        file = _file_of(files, f"parts[{i}].path", part)
        if (file.path, part.number) in seen:
            raise InvalidInput.of(f"parts[{i}].part_number", Rule.REPEATED, "is there twice")
        seen.add((file.path, part.number))
        _check_part(f"parts[{i}]", file, part)
    return [(path, files[path]) for path in dict.fromkeys(part.path for part in requested)]


def _file_of(files: Mapping[str, UploadFile], field: str, part: PartRequest) -> UploadFile:
    if part.path not in files:
        raise InvalidInput.of(field, Rule.EXISTS, "is not the path of a file of this upload")
    return files[part.path]


def _check_part(field: str, file: UploadFile, part: PartRequest) -> None:
    if file.content_key:
        raise InvalidInput.of(f"{field}.path", Rule.INVALID, "is a file that was proved: it is not sent")
    if not 1 <= part.number <= file.part_count:
        raise InvalidInput.of(f"{field}.part_number", Rule.RANGE, f"must be from 1 to {file.part_count}")
    check_checksums(field, part)
    if file.is_single and part.sha256 not in ("", _base64(file.sha256)):
        raise InvalidInput.of(f"{field}.sha256", Rule.DECLARED, "is not the one declared for the file")


def _has_checksums(requested: Sequence[PartRequest], path: str, file: UploadFile) -> bool:
    """Tells whether the parts of a file that begins now have a SHA-256; those of one that has begun keep to it."""
    return file.checksums or any(part.sha256 for part in requested if part.path == path)


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
