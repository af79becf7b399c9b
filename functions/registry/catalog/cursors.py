"""Opaque list cursors: a position, signed for one list and one caller.

The key is derived from those of the service tokens, so cursors live through a rotation as tokens do:
what any accepted key has signed is good.
"""

import base64
import binascii
import hmac
import json
from typing import Any

from maas.domain.errors import InvalidInput
from maas.domain.identity.principals import Principal
from maas.security.keyring import Keys
from maas.security.tokens import Key

_SIGNATURE = 16
CURSOR_MAX = 4096


def list_of(by: Principal, *parts: Any) -> str:
    """The name of a list as this caller sees it; the parts are all that narrows and sorts it."""
    return json.dumps([by.tenant_id, by.subject, *parts], default=str)


class Cursors:
    """Makes and reads cursors. Methods raise Unavailable where no key could be read yet."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def encode(self, position: str, of_list: str) -> str:
        """An empty position gives an empty cursor."""
        if not position:
            return ""
        signature = _signature(self._keys.held_signer(), position.encode(), of_list)
        return _text(signature + position.encode())

    def decode(self, cursor: str, of_list: str) -> str:
        """The position, empty for an empty cursor.

        Raises:
            InvalidInput: no cursor of this list and caller, or one whose key is accepted no more.
        """
        if not cursor:
            return ""
        try:
            raw = base64.b64decode(cursor[:CURSOR_MAX] + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        signature, position = raw[:_SIGNATURE], raw[_SIGNATURE:]
        keys = self._keys.held() if _text(raw) == cursor else ()
        if not any(hmac.compare_digest(signature, _signature(key, position, of_list)) for key in keys):
            raise InvalidInput.of("cursor", "cursor", "must be the next_cursor of an earlier page of the same list")
        return position.decode()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _signature(key: Key, position: bytes, of_list: str) -> bytes:
    # JSON has no line feed of its own, so the two can't run into each other.
    return hmac.digest(key.derived(b"maas list cursor"), of_list.encode() + b"\n" + position, "sha256")[:_SIGNATURE]
