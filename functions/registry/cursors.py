"""Opaque list cursors: a position and a digest that ties it to the list it was made for.

The digest has no key: a cursor is a position in what its holder may list anyway, so there is nothing to gain from
making one up. It is there to refuse a mangled cursor, or one of another list, instead of answering a wrong page.
"""

import base64
import binascii
import hashlib

from maas.domain.errors import InvalidInput

_DIGEST = 12
CURSOR_MAX = 1024


def encode(position: str, of_list: str) -> str:
    """`of_list` names the list with all its filters; an empty position gives an empty cursor."""
    if not position:
        return ""
    return base64.urlsafe_b64encode(_digest(position, of_list) + position.encode()).decode().rstrip("=")


def decode(cursor: str, of_list: str) -> str:
    """The position, empty for an empty cursor.

    Raises:
        InvalidInput: no cursor of this list.
    """
    if not cursor:
        return ""
    try:
        raw = base64.b64decode(cursor[:CURSOR_MAX] + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = raw[_DIGEST:].decode()
    except (binascii.Error, ValueError):
        position = ""
    if not position or encode(position, of_list) != cursor:
        raise InvalidInput.of("cursor", "cursor", "must be the next_cursor of an earlier page of the same list")
    return position


def _digest(position: str, of_list: str) -> bytes:
    return hashlib.sha256(f"{of_list}\n{position}".encode()).digest()[:_DIGEST]
