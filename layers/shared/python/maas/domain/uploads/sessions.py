"""The plan of an upload: how a file is cut into parts, and the session that keeps it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maas.domain.errors import InvalidInput, Rule

MIB = 1024 * 1024
# S3's own limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
PART_MIN, PART_MAX, PARTS_MAX = 5 * MIB, 5 * 1024 * MIB, 10_000
PART_DEFAULT = 8 * MIB
# How many part URLs one answer signs at most, and how long signed URLs are good.
SIGN_MAX = 16
SIGNED_SECONDS = 3600


class UploadState(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class PartPlan:
    """`size` bytes in parts of `part_size`, the last one shorter; part numbers start at 1."""

    size: int
    part_size: int

    @property
    def count(self) -> int:
        return -(-self.size // self.part_size)

    def length(self, number: int) -> int:
        """Bytes of part `number`.

        Raises:
            InvalidInput: there is no such part.
        """
        if not 1 <= number <= self.count:
            raise InvalidInput.of("part_number", Rule.RANGE, f"must be from 1 to {self.count}")
        return min(self.part_size, self.size - (number - 1) * self.part_size)


def plan(size: int, part_size: int | None, max_size: int) -> PartPlan:
    """The plan for a file of `size` bytes.

    Without `part_size` it is the smallest of 8 MiB, 16 MiB, ... that needs at most 10,000 parts.

    Raises:
        InvalidInput: size is not from 1 to `max_size`, or part_size breaks S3's limits.
    """
    if not 1 <= size <= max_size:
        raise InvalidInput.of("size", Rule.RANGE, f"must be from 1 to {max_size} bytes")
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
class UploadStart:
    """An upload begun in the store, for the registry to record. Sizes in bytes; `checksums` as in Upload."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A stored upload session. Sizes in bytes; `sha256` is empty until the client declares it.

    `checksums`: every part carries its SHA-256. Without it none does, since S3 rejects a mixture.
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

    @property
    def plan(self) -> PartPlan:
        return PartPlan(self.size, self.part_size)

    def check_digest(self, sha256: str) -> None:
        """Raises InvalidInput if the client declared another digest than `sha256` at the start."""
        if self.sha256 not in ("", sha256):
            raise InvalidInput.of("sha256", Rule.DECLARED, "is not the one declared before")


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part as the store has it: `size` in bytes, `etag` with its quotes.

    `sha256` (base64) is set where the upload's parts carry checksums.
    """

    number: int
    size: int
    etag: str
    sha256: str = ""


def storage_key(tenant_id: str, model_id: str, version: str, upload_id: str) -> str:
    """Where the file goes. The upload's id is in it, so no two uploads ever share an object."""
    return f"models/{tenant_id}/{model_id}/{version}/{upload_id}"
