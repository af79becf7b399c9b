"""Uploads: the bytes go from the client to the store; these use cases only sign, count and decide."""

import base64
import binascii
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from maas.domain import value_rules
from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import SERVED, Artifact, Version, VersionState, parse
from maas.domain.errors import InvalidInput, MaasError, NotFound, Rule, Unavailable, WrongState
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import (
    SIGN_MAX,
    SIGNED_SECONDS,
    PartPlan,
    StoredPart,
    Upload,
    UploadStart,
    UploadState,
    plan,
    storage_key,
)
from maas.services.ports.messaging import ValidationQueue
from maas.services.ports.registry import Registry
from maas.services.ports.storage import ObjectStore

# How many part numbers an error or a status names.
NAMED_MAX = 16
_CHECKED = SERVED | {VersionState.READY, VersionState.FAILED}


@dataclass(frozen=True, slots=True)
class PartRequest:
    """A part to be signed; `md5` and `sha256` are base64, empty where the client binds none."""

    number: int
    md5: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """What a client says of a file; `parts` are those to be signed at once (empty: the first 16, without checksums)."""

    version: str
    filename: str
    size: int
    sha256: str = ""
    part_size: int | None = None
    parts: tuple[PartRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedPart:
    """A URL for one PUT of `length` bytes, which must carry `headers`."""

    number: int
    length: int
    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """An upload and what the store has of it; `missing` are the numbers of the other parts."""

    upload: Upload
    received: tuple[StoredPart, ...]
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Download:
    url: str
    expires_at: datetime
    filename: str
    version: Version
    artifact: Artifact


class UploadService:
    """Use cases of the uploads function. `max_bytes` is the largest file that may be uploaded."""

    def __init__(self, registry: Registry, objects: ObjectStore, queue: ValidationQueue, max_bytes: int) -> None:
        self._registry = registry
        self._objects = objects
        self._queue = queue
        self._max_bytes = max_bytes

    async def start(self, by: Principal, model_id: str, new: NewUpload) -> tuple[Upload, list[SignedPart]]:
        """Raises InvalidInput, NotFound (model, version), WrongState (version), Unavailable."""
        number, parts = parse(new.version), plan(new.size, new.part_size, self._max_bytes)
        filename, sha256 = value_rules.filename(new.filename), new.sha256 and value_rules.sha256(new.sha256)
        wanted = new.parts or tuple(PartRequest(n) for n in range(1, min(parts.count, SIGN_MAX) + 1))
        checksums = any(part.sha256 for part in wanted)
        _check_wanted(wanted, parts, checksums=checksums)
        model = await self._writable(by, model_id)
        upload_id = new_id()
        key = storage_key(by.tenant_id, model.id, number, upload_id)
        storage_upload_id = self._objects.begin(key, checksums=checksums)
        try:
            upload = await self._registry.start_upload(
                by,
                UploadStart(
                    upload_id=upload_id,
                    model_id=model.id,
                    version=number,
                    filename=filename,
                    size=parts.size,
                    sha256=sha256,
                    part_size=parts.part_size,
                    storage_key=key,
                    storage_upload_id=storage_upload_id,
                ),
            )
        except MaasError:
            with suppress(Unavailable):  # the bucket's lifecycle rule removes it in the end
                self._objects.abort(key, storage_upload_id)
            raise
        return upload, self._signed(upload, wanted)

    async def sign(self, by: Principal, upload_id: str, wanted: Sequence[PartRequest]) -> list[SignedPart]:
        """Raises InvalidInput (parts), NotFound, WrongState, Unavailable."""
        upload = await self._registry.get_upload(by, upload_id)
        if upload.state is not UploadState.OPEN:
            raise WrongState.of("state", f"the upload is {upload.state}: it takes no more parts")
        _check_wanted(wanted, upload.plan, checksums=self._objects.wants_checksums(upload.storage_upload_id))
        return self._signed(upload, wanted)

    async def progress(self, by: Principal, upload_id: str) -> Progress:
        """Raises NotFound, Unavailable. Parts are counted while the upload is open."""
        upload = await self._registry.get_upload(by, upload_id)
        received = self._received(upload) if upload.state is UploadState.OPEN else None
        if received is None:
            return Progress(upload, (), ())
        return Progress(upload, tuple(received), tuple(_missing(upload.plan, received)))

    async def abort(self, by: Principal, upload_id: str) -> None:
        """Gives the upload up, and the file if a broken-off completion has put it together. Repeating it is harmless.

        Raises:
            NotFound, WrongState (completed), Unavailable
        """
        upload = await self._registry.abort_upload(by, upload_id)
        self._objects.abort(upload.storage_key, upload.storage_upload_id)
        self._objects.remove(upload.storage_key)

    async def complete(self, by: Principal, upload_id: str, sha256: str = "") -> tuple[Upload, VersionState]:
        """Puts the file together and has it checked. Repeating it goes on from where it stopped.

        Raises:
            InvalidInput: the digest is missing or not the one declared; parts are missing or have the wrong size.
            NotFound, WrongState, Unavailable
        """
        upload = await self._registry.get_upload(by, upload_id)
        digest = _digest(upload, sha256)
        if upload.state is UploadState.OPEN:
            self._assemble(upload)
        again = upload.state is UploadState.COMPLETED
        upload = await self._registry.complete_upload(by, upload.id, digest)
        if again:
            version = await self._registry.get_version(by, upload.model_id, upload.version)
            if version.state in _CHECKED:
                return upload, version.state
        self._queue.send(upload.id, upload.tenant_id)
        return upload, VersionState.VALIDATING

    async def download(self, by: Principal, model_id: str, ref: str) -> Download:
        """Raises InvalidInput (ref), NotFound, WrongState (nothing to download yet), Unavailable.

        Published files are for everybody who may read the model; before, a file is for its own tenant alone.
        """
        model = await self._registry.get_model(by, model_id)
        version = await self._registry.get_version(by, model.id, ref)
        artifact = _downloadable(version, own=model.tenant_id == by.tenant_id)
        filename = f"{model.name}-{version.version}.onnx"
        url = self._objects.sign_download(artifact.storage_key, artifact.object_version, filename)
        return Download(url, _expiry(), filename, version, artifact)

    async def _writable(self, by: Principal, model_id: str) -> Model:
        """The caller's own: a public model of others can be read, but nobody else uploads to it."""
        model = await self._registry.get_model(by, model_id)
        if model.tenant_id != by.tenant_id:
            raise NotFound.of("model_id", "model", model_id)
        return model

    def _signed(self, upload: Upload, wanted: Sequence[PartRequest]) -> list[SignedPart]:
        return [self._signed_part(upload, part) for part in wanted]

    def _signed_part(self, upload: Upload, part: PartRequest) -> SignedPart:
        expires_at, length = _expiry(), upload.plan.length(part.number)
        url, headers = self._objects.sign_part(
            upload.storage_key, upload.storage_upload_id, part.number, length, md5=part.md5, sha256=part.sha256
        )
        return SignedPart(part.number, length, url, headers, expires_at)

    def _assemble(self, upload: Upload) -> None:
        received = self._received(upload)
        if received is None:
            return
        _check_received(upload.plan, received)
        try:
            self._objects.finish(upload.storage_key, upload.storage_upload_id, received)
        except NotFound:  # another call was faster
            self._require_file(upload)

    def _received(self, upload: Upload) -> list[StoredPart] | None:
        """None where the file is put together already, by a call that broke off before it could tell the registry."""
        try:
            return self._objects.parts(upload.storage_key, upload.storage_upload_id)
        except NotFound:
            self._require_file(upload)
            return None

    def _require_file(self, upload: Upload) -> None:
        """The key belongs to this upload alone, so that an object of the right size under it is the file."""
        if self._objects.size(upload.storage_key) != upload.size:
            raise WrongState.of("state", "the store has given this upload up; abort it and start again")


def _check_wanted(wanted: Sequence[PartRequest], parts: PartPlan, *, checksums: bool) -> None:
    """Raises InvalidInput naming the part: `checksums` says whether each must have its SHA-256, or none may."""
    if not 1 <= len(wanted) <= SIGN_MAX:
        rule = Rule.MAX_ITEMS if wanted else Rule.MIN_ITEMS
        raise InvalidInput.of("parts", rule, f"must have from 1 to {SIGN_MAX} items")
    seen: set[int] = set()
    for i, part in enumerate(wanted):
        if not 1 <= part.number <= parts.count:
            raise InvalidInput.of(f"parts[{i}].part_number", Rule.RANGE, f"must be from 1 to {parts.count}")
        if part.number in seen:
            raise InvalidInput.of(f"parts[{i}].part_number", Rule.REPEATED, "is there twice")
        seen.add(part.number)
        _check_base64(f"parts[{i}].md5", part.md5, 16)
        _check_base64(f"parts[{i}].sha256", part.sha256, 32)
        if bool(part.sha256) != checksums:
            expected = "every part of this upload needs it" if checksums else "this upload was started without it"
            raise InvalidInput.of(
                f"parts[{i}].sha256", Rule.ALL_OR_NONE, f"the store takes all parts or none: {expected}"
            )


def _check_base64(field: str, text: str, length: int) -> None:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        decoded = b"?"
    if text and (len(decoded) != length or base64.b64encode(decoded).decode() != text):
        raise InvalidInput.of(field, Rule.BASE64, f"must be {length} bytes in base64")


def _check_received(parts: PartPlan, received: Sequence[StoredPart]) -> None:
    if missing := _missing(parts, received):
        named = ", ".join(map(str, missing[:NAMED_MAX]))
        more = f" and {len(missing) - NAMED_MAX} more" if len(missing) > NAMED_MAX else ""
        raise InvalidInput.of("parts", Rule.MISSING, f"not received yet: {named}{more}")
    for part in received:
        if part.size != parts.length(part.number):
            expected = parts.length(part.number)
            raise InvalidInput.of("parts", Rule.SIZE, f"part {part.number} has {part.size} bytes, not {expected}")


def _missing(parts: PartPlan, received: Sequence[StoredPart]) -> list[int]:
    have = {part.number for part in received}
    return [number for number in range(1, parts.count + 1) if number not in have]


def _digest(upload: Upload, sha256: str) -> str:
    """The file's SHA-256 as declared now or at the start: without one the validator has nothing to compare with."""
    declared = sha256 and value_rules.sha256(sha256)
    if not declared and not upload.sha256:
        raise InvalidInput.of("sha256", Rule.REQUIRED, "is needed here, since the upload was started without it")
    if declared and upload.sha256 and declared != upload.sha256:
        raise InvalidInput.of("sha256", Rule.DECLARED, "is not the one declared before")
    return declared or upload.sha256


def _downloadable(version: Version, *, own: bool) -> Artifact:
    if version.artifact is not None and (own or version.state in SERVED):
        return version.artifact
    if own:
        raise WrongState.of("state", f"version {version.version} is {version.state}: there is no file to download")
    raise NotFound.of("ref", "version", version.version)


def _expiry() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=SIGNED_SECONDS)
