"""Identifiers: UUIDv7 text (RFC 9562, 5.7), so that ids sort by creation time."""

import os
import time
import uuid

from maas.domain.errors import NotFound


def new_id() -> str:
    """48 bits of Unix milliseconds, version, 12 random bits, variant, 62 random bits."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def known_id(field: str, kind: str, text: str) -> str:
    """`text` in canonical form.

    Raises:
        NotFound: `text` is no UUID, so nothing can have that id.
    """
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise NotFound.of(field, kind, text) from None
