"""Identifiers: UUIDv7 text (RFC 9562, 5.7), which sorts by creation time."""

import os
import time
import uuid
from datetime import UTC, datetime, timedelta

from maas.domain.errors import NotFound

_EPOCH = datetime.fromtimestamp(0, UTC)


def new_id(at: datetime | None = None) -> str:
    """A new UUIDv7 for the current time, or for `at`.

    Its bits are 48 bits of Unix milliseconds, version, 12 random bits, variant and 62 random bits.
    """
    millis = time.time_ns() // 1_000_000 if at is None else milliseconds(at)
    value = (millis << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def milliseconds(at: datetime, *, up: bool = False) -> int:
    """Unix milliseconds, rounded down, or up with `up`."""
    since, unit = at - _EPOCH, timedelta(milliseconds=1)
    return -(-since // unit) if up else since // unit


def first_id(millis: int) -> str:
    """The bound between ids: those made in this Unix millisecond or later are not below it, all earlier ones are."""
    digits = f"{max(millis, 0):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def canonical_id(text: str) -> str:
    """`text` as a UUID in canonical form, however a caller has written it; empty if it is none."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def known_id(field: str, kind: str, text: str) -> str:
    """`text` as a UUID in canonical form.

    Raises:
        NotFound: `text` is not a UUID, so no record has this id.
    """
    found = canonical_id(text)
    if not found:
        raise NotFound.of(field, kind, text)
    return found
