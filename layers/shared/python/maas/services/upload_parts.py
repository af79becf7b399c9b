"""Parts of multipart uploads: checks of the parts that a client wants signed, and of those that the store received."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maas.domain.clock import now
from maas.domain.errors import InvalidInput, Rule
from maas.domain.uploads.sessions import SIGN_MAX, PartPlan, Upload
from maas.domain.uploads.stored_parts import SIGNED_SECONDS, StoredPart
from maas.services.ports.storage import ObjectStore

# How many part numbers an error or a status lists.
LISTED_MAX = 16
_MD5_BYTES, _SHA256_BYTES = 16, 32


@dataclass(frozen=True, slots=True)
class PartRequest:
    """A part to be signed. `md5` and `sha256` are base64; empty where the client binds none.

    `path` names the file of a set; empty: its main file.
    """

    number: int
    md5: str = ""
    sha256: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class SignedPart:
    """A URL for one PUT of `length` bytes, which must carry `headers`. `path` is empty for the upload of one file."""

    number: int
    length: int
    url: str
    headers: dict[str, str]
    expires_at: datetime
    path: str = ""


def url_expiry() -> datetime:
    """The time until which a URL signed now is valid."""
    return now() + timedelta(seconds=SIGNED_SECONDS)


def sign_parts(objects: ObjectStore, upload: Upload, requested: Sequence[PartRequest]) -> list[SignedPart]:
    """Signs a URL for each requested part, which check_requested must have accepted."""
    return [_sign_part(objects, upload, part) for part in requested]


def _sign_part(objects: ObjectStore, upload: Upload, part: PartRequest) -> SignedPart:
    expires_at, length = url_expiry(), upload.plan.length(part.number)
    url, headers = objects.sign_part(
        upload.storage_key, upload.storage_upload_id, part.number, length, md5=part.md5, sha256=part.sha256
    )
    return SignedPart(part.number, length, url, headers, expires_at)


def check_requested(requested: Sequence[PartRequest], plan: PartPlan, *, checksums: bool, most: int = SIGN_MAX) -> None:
    """Raises InvalidInput with the part at fault. `checksums`: whether all parts must have a SHA-256 or none may."""
    if not 1 <= len(requested) <= most:
        rule = Rule.MAX_ITEMS if requested else Rule.MIN_ITEMS
        raise InvalidInput.of("parts", rule, f"must have from 1 to {most} items")
    seen: set[int] = set()
    for i, part in enumerate(requested):
        if not 1 <= part.number <= plan.count:
            raise InvalidInput.of(f"parts[{i}].part_number", Rule.RANGE, f"must be from 1 to {plan.count}")
        if part.number in seen:
            raise InvalidInput.of(f"parts[{i}].part_number", Rule.REPEATED, "is there twice")
        seen.add(part.number)
        if part.path:
            raise InvalidInput.of(f"parts[{i}].path", Rule.EXISTS, "is for the upload of files, and this is one file")
        check_checksums(f"parts[{i}]", part)
        check_all_or_none(f"parts[{i}].sha256", part, checksums=checksums)


def check_checksums(field: str, part: PartRequest) -> None:
    """Raises InvalidInput if a checksum is not base64 of its length."""
    _check_base64(f"{field}.md5", part.md5, _MD5_BYTES)
    _check_base64(f"{field}.sha256", part.sha256, _SHA256_BYTES)


def check_all_or_none(field: str, part: PartRequest, *, checksums: bool) -> None:
    """Raises InvalidInput if the part has a SHA-256 and the others do not, or the reverse."""
    if bool(part.sha256) != checksums:
        expected = "every part of this upload needs it" if checksums else "this upload was started without it"
        raise InvalidInput.of(field, Rule.ALL_OR_NONE, f"the store takes all parts or none: {expected}")


def _check_base64(field: str, text: str, length: int) -> None:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        decoded = b"?"
    if text and (len(decoded) != length or base64.b64encode(decoded).decode() != text):
        raise InvalidInput.of(field, Rule.BASE64, f"must be {length} bytes in base64")


def check_received(plan: PartPlan, received: Sequence[StoredPart]) -> None:
    """Raises InvalidInput (parts) if a part is missing or has the wrong size."""
    if missing := missing_parts(plan, received):
        listed = ", ".join(map(str, missing[:LISTED_MAX]))
        more = f" and {len(missing) - LISTED_MAX} more" if len(missing) > LISTED_MAX else ""
        raise InvalidInput.of("parts", Rule.MISSING, f"not received yet: {listed}{more}")
    for part in received:
        expected = plan.length(part.number)
        if part.size != expected:
            raise InvalidInput.of("parts", Rule.SIZE, f"part {part.number} has {part.size} bytes, not {expected}")


def missing_parts(plan: PartPlan, received: Sequence[StoredPart]) -> list[int]:
    """The numbers of the parts that the store has not received."""
    numbers = {part.number for part in received}
    return [number for number in range(1, plan.count + 1) if number not in numbers]
