"""Answers about uploads and downloads. Signed URLs are left out of every repr: whoever has one may use it."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field, model_validator
from typing_extensions import Self

from maas_client.answers.base import Answer, Count, Moment, Nonce, Number, PartSize, Sha256, Size


def _require_plan(size: int, part_size: int, part_count: int, numbers: Iterable[int] = ()) -> None:
    """Raises ValueError unless the parts are those of a file of this size, and the numbers are theirs."""
    needed = -(-size // part_size) if size and part_size else 0
    if part_count != needed and (size or part_count > 1):  # an empty file may have one part
        raise ValueError("must have the parts that its size needs")
    if any(number > part_count for number in numbers):
        raise ValueError("must have numbers of its parts alone")


class PartUrl(Answer):
    """A signed URL, to which exactly `length` bytes are sent with all `headers`; `path` is that of a file of a set."""

    path: str | None
    part_number: Number
    length: Size
    url: str = Field(repr=False)
    headers: dict[str, str]
    expires_at: Moment


class PartUrls(Answer):
    """URLs, and when they were made: `expires_at` less `server_time` does not depend on this machine's clock."""

    urls: list[PartUrl]
    server_time: Moment


class KnownFile(Answer):
    """A file that the organization has. Each range is an offset and a length; `nonce` is the key of the proof."""

    path: str
    ranges: list[tuple[Size, Size]]
    nonce: Nonce = Field(repr=False)


class _Upload(Answer):
    upload_id: str
    model_id: str
    version: str
    state: str
    filename: str
    size: Size
    sha256: Sha256 | None
    part_size: PartSize
    part_count: Count
    created_at: Moment
    expires_at: Moment
    replaces: str | None
    replaced_by: str | None
    manifest_digest: str | None
    file_count: int
    total_size: Count
    reused: list[str]
    server_time: Moment

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        _require_plan(self.size, self.part_size, self.part_count)
        return self


class UploadFile(Answer):
    """A file of a set, whose `state` is missing or stored; `missing` are the first of its missing parts."""

    path: str
    size: Size
    sha256: Sha256
    main: bool
    part_size: Size  # 0 for a file without bytes
    part_count: Count
    state: str
    missing: list[Number]
    missing_count: int

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        _require_plan(self.size, self.part_size, self.part_count, self.missing)
        return self


class StartedUpload(_Upload):
    """An upload that was started, with the URLs of its first parts, and the files that need not be sent."""

    files: list[UploadFile]
    urls: list[PartUrl]
    known: list[KnownFile]


class ReceivedPart(Answer):
    part_number: Number
    size: Size
    etag: str


class Upload(_Upload):
    """The progress of an upload. `received` and `missing` are empty once it has ended."""

    received: list[ReceivedPart]
    missing: list[Number]
    missing_count: int
    files: list[UploadFile]
    known: list[KnownFile]


class ProvenFiles(Answer):
    """The paths of all files of an upload that are not sent."""

    upload_id: str
    reused: list[str]


class CompletedUpload(Answer):
    upload_id: str
    version: str
    state: str


class Download(Answer):
    """A signed URL for the file of a version; `size` in bytes, `sha256` in hexadecimal."""

    url: str = Field(repr=False)
    expires_at: Moment
    server_time: Moment
    filename: str
    size: Size
    sha256: Sha256
    version: str


class VersionFile(Answer):
    """A file of a version; `size` in bytes, `sha256` in hexadecimal. `details` are what the check has found in it."""

    path: str
    size: Size
    sha256: Sha256
    main: bool
    format: str
    details: dict[str, Any]


class VersionFiles(Answer):
    """The files of a version, by their paths. `digest` is that of their manifest."""

    digest: str
    total_size: Count
    files: list[VersionFile]


class FileDownload(Answer):
    """A signed URL for one GET of a file; `size` in bytes, `sha256` in hexadecimal."""

    path: str
    size: Size
    sha256: Sha256
    main: bool
    url: str = Field(repr=False)


class Downloads(Answer):
    """Signed URLs for all files of a version, which end at `expires_at`."""

    version: str
    digest: str
    total_size: Count
    expires_at: Moment
    server_time: Moment
    files: list[FileDownload]
