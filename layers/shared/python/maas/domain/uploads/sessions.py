"""Upload sessions, and the plan that cuts a file into parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from maas.domain.errors import InvalidInput, Rule

MIB = 1024 * 1024
# S3's own limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
PART_MIN, PART_MAX, PARTS_MAX = 5 * MIB, 5 * 1024 * MIB, 10_000
PART_DEFAULT = 8 * MIB
# A file of a set is sent in one request up to this size, and in parts above it.
SINGLE_MAX = 64 * MIB
# Part URLs of one answer at most, and of the answer to a start, which is kept for its idempotency key in one item of a
# table (400 KB): https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
SIGN_MAX, START_SIGN_MAX = 1000, 32


class UploadState(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class PartPlan:
    """`size` bytes in parts of `part_size` bytes; the last part may be shorter. Part numbers start at 1."""

    size: int
    part_size: int

    @property
    def count(self) -> int:
        return -(-self.size // self.part_size)

    def length(self, number: int) -> int:
        """The number of bytes of part `number`.

        Raises:
            InvalidInput: the plan has no part of this number.
        """
        if not 1 <= number <= self.count:
            raise InvalidInput.of("part_number", Rule.RANGE, f"must be from 1 to {self.count}")
        return min(self.part_size, self.size - (number - 1) * self.part_size)


def plan(size: int, part_size: int | None, max_size: int) -> PartPlan:
    """The plan for a file of `size` bytes.

    The default of `part_size` is the smallest of 8 MiB, 16 MiB, 32 MiB, ... that needs at most 10,000 parts.

    Raises:
        InvalidInput: `size` is not from 1 to `max_size`, or `part_size` breaks S3's limits.
    """
    if not 1 <= size <= max_size:
        raise InvalidInput.of("size", Rule.RANGE, f"must be from 1 to {max_size} bytes: a model has to fit into memory")
    if part_size is None:
        part_size = PART_DEFAULT
        while size > part_size * PARTS_MAX:
            part_size *= 2
    if not PART_MIN <= part_size <= PART_MAX:
        raise InvalidInput.of("part_size", Rule.RANGE, f"must be from {PART_MIN} to {PART_MAX} bytes")
    if size > part_size * PARTS_MAX:
        raise InvalidInput.of("part_size", Rule.MAX_PARTS, f"must cut the file into at most {PARTS_MAX} parts")
    return PartPlan(size, part_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFile:
    """A file of an upload, and what the validator found in it.

    `storage_upload_id` is empty until the parts of a file of more than SINGLE_MAX are sent. If `checksums` is true,
    each of them has a SHA-256; otherwise none has. `content_key` is as in Upload.
    """

    path: str
    size: int
    sha256: str
    main: bool
    part_size: int
    storage_key: str
    storage_upload_id: str = ""
    checksums: bool = False
    object_version: str = ""
    format: str = ""
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    content_key: str = ""

    @property
    def file_key(self) -> str:
        """The key of the file, be it this upload's or another one's."""
        return self.content_key or self.storage_key

    @property
    def is_single(self) -> bool:
        """Returns whether the file is sent in one request, and not in parts."""
        return self.size <= SINGLE_MAX

    @property
    def plan(self) -> PartPlan:
        return PartPlan(self.size, self.part_size)

    @property
    def part_count(self) -> int:
        return 1 if self.is_single else self.plan.count

    @property
    def part_numbers(self) -> tuple[int, ...]:
        return tuple(range(1, self.part_count + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadStart:
    """An upload that has begun in the object store, for the registry to record. Fields are those of Upload.

    If there are `files`, the fields of one file follow from the main one.
    `replace`: whether an upload under way, or a file that is not published, gives way to this one.
    `unless_known`: whether one file without a digest is refused if the organization may have it.
    """

    upload_id: str
    model_id: str
    version: str
    filename: str
    size: int
    part_size: int
    storage_key: str
    storage_upload_id: str
    sha256: str = ""
    checksums: bool = False
    replace: bool = False
    unless_known: bool = False
    files: tuple[UploadFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A stored upload session. Sizes are in bytes; `sha256` is empty until the client declares it.

    If `checksums` is true, every part has a SHA-256. Otherwise none has, because S3 rejects a mixture.
    `replaces` is the id of the upload that was aborted for this one, and `replaced_by` is the reverse; or empty.
    `content_key` is the key of another upload's file that this one uses instead of sending one, or empty.
    The upload of a set has the fields of its main file, and no `storage_upload_id`. `files` are empty where the list is
    not read, and once the upload was aborted or its files were refused. `set_size` is that of all files.
    """

    id: str
    model_id: str
    tenant_id: str
    version: str
    filename: str
    size: int
    part_size: int
    storage_key: str
    storage_upload_id: str
    state: UploadState
    created_by: str
    created_at: datetime
    expires_at: datetime
    sha256: str = ""
    checksums: bool = False
    replaces: str = ""
    replaced_by: str = ""
    content_key: str = ""
    manifest_digest: str = ""
    file_count: int = 1
    set_size: int = 0
    files: tuple[UploadFile, ...] = ()

    @property
    def is_set(self) -> bool:
        """Returns whether the client has declared files with paths, and not one file with a name."""
        return bool(self.manifest_digest)

    @property
    def each_file(self) -> tuple[UploadFile, ...]:
        """The files of a set, or the only file in their form."""
        return self.files if self.is_set else (self._only_file,)

    @property
    def _only_file(self) -> UploadFile:
        return UploadFile(
            path=self.filename,
            size=self.size,
            sha256=self.sha256,
            main=True,
            part_size=self.part_size,
            storage_key=self.storage_key,
            storage_upload_id=self.storage_upload_id,
            checksums=self.checksums,
            content_key=self.content_key,
        )

    @property
    def prefix(self) -> str:
        """The beginning of the keys of a set's files, which those of no other upload have."""
        return self.storage_key.rpartition("/")[0] + "/"

    @property
    def total_size(self) -> int:
        return self.set_size if self.is_set else self.size

    @property
    def file_key(self) -> str:
        """The key of the file, be it this upload's or another one's."""
        return self.content_key or self.storage_key

    @property
    def plan(self) -> PartPlan:
        return PartPlan(self.size, self.part_size)

    @property
    def fate(self) -> str:
        """A clause for people that tells what has become of the upload."""
        by = f"; upload {self.replaced_by} has replaced it" if self.replaced_by else ""
        return f"the upload is {self.state}{by}"

    def check_digest(self, sha256: str) -> None:
        """Raises InvalidInput if the client declared another digest than `sha256` at the start."""
        if self.sha256 not in ("", sha256):
            raise InvalidInput.of("sha256", Rule.DECLARED, "is not the one declared before")


def file_key(upload_key: str, place: int) -> str:
    """The key of a file of a set, by its place in the list. Paths are not in keys: they are text of people."""
    return f"{upload_key}/{place}"


def storage_key(tenant_id: str, model_id: str, version: str, upload_id: str) -> str:
    """The key of the file in the object store. It contains the upload's id, so uploads never share an object."""
    return f"models/{tenant_id}/{model_id}/{version}/{upload_id}"
