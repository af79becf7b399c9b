"""Bodies of the upload routes, and the message to the validator."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from maas.contracts.base import Answer, Body
from maas.domain.uploads.sessions import SIGN_MAX, StoredPart, Upload


class Part(Body):
    """A part to be signed; the checksums are base64."""

    part_number: int
    md5: str = ""
    sha256: str = ""


class StartUpload(Body):
    """`size` and `part_size` in bytes; `sha256` of the whole file in hexadecimal, here or at the end.

    `parts` are signed at once; without them, the first 16.
    """

    version: str
    filename: str
    size: int
    sha256: str = ""
    part_size: int | None = None
    parts: list[Part] = Field(default_factory=list, max_length=SIGN_MAX)


class SignParts(Body):
    parts: list[Part] = Field(min_length=1, max_length=SIGN_MAX)


class CompleteUpload(Body):
    """`sha256` of the whole file in hexadecimal: needed where the upload was started without it."""

    sha256: str = ""


class PartUrl(Answer):
    """PUT `length` bytes to `url` with `headers`, all of them signed."""

    part_number: int
    length: int
    url: str
    headers: dict[str, str]
    expires_at: datetime


class PartUrlsAnswer(Answer):
    urls: list[PartUrl]


class _Upload(Answer):
    """`sha256` is null until the client has declared it."""

    upload_id: str
    model_id: str
    version: str
    state: str
    filename: str
    size: int
    sha256: str | None
    part_size: int
    part_count: int
    created_at: datetime
    expires_at: datetime


class StartedUploadAnswer(_Upload):
    """`urls` for the parts asked for."""

    urls: list[PartUrl]

    @classmethod
    def of(cls, upload: Upload, urls: list[PartUrl]) -> "StartedUploadAnswer":
        return cls(**_fields(upload), urls=urls)


class ReceivedPart(Answer):
    part_number: int
    size: int
    etag: str


class UploadAnswer(_Upload):
    """`received` and `missing` while the upload is open; `missing` names the first of `missing_count`."""

    received: list[ReceivedPart]
    missing: list[int]
    missing_count: int

    @classmethod
    def of(cls, upload: Upload, received: Sequence[StoredPart], missing: Sequence[int], named: int) -> "UploadAnswer":
        parts = [ReceivedPart(part_number=part.number, size=part.size, etag=part.etag) for part in received]
        return cls(**_fields(upload), received=parts, missing=list(missing[:named]), missing_count=len(missing))


class CompletedUploadAnswer(Answer):
    """`state` is the version's: validating until the file has been checked."""

    upload_id: str
    version: str
    state: str


class DownloadAnswer(Answer):
    """GET `url`; `size` in bytes, `sha256` in hexadecimal."""

    url: str
    expires_at: datetime
    filename: str
    size: int
    sha256: str
    version: str


def _fields(upload: Upload) -> dict[str, Any]:
    return {
        "upload_id": upload.id,
        "model_id": upload.model_id,
        "version": upload.version,
        "state": upload.state,
        "filename": upload.filename,
        "size": upload.size,
        "sha256": upload.sha256 or None,
        "part_size": upload.part_size,
        "part_count": upload.plan.count,
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
    }


class FinishedUpload(Body):
    """The queue message about an upload whose file must be validated."""

    upload_id: str
    tenant_id: str
