"""Opaque list cursors: a position, signed for one list and one caller.

itsdangerous signs them with a list of keys (https://itsdangerous.palletsprojects.com/en/stable/concepts/#key-rotation).
The keys are derived from those of tokens, so cursors outlive a rotation like tokens do.
"""

import hashlib
import re

from itsdangerous import BadData, URLSafeSerializer

from maas.domain.errors import InvalidInput, Rule
from maas.security.keyring import TokenKeys

CURSOR_MAX = 4096
# With SHA-384 a signature is 64 characters of base64url without spare bits. Together with the pattern, which keeps out
# characters that itsdangerous ignores, this makes every cursor's text unique.
_SIGNER = {"digest_method": hashlib.sha384, "key_derivation": "hmac"}
_PATTERN = re.compile(r"[A-Za-z0-9_.-]+")


class Cursors:
    """Makes and reads cursors. Methods raise Unavailable if no key could be read yet.

    `rereads` has the secret read again as it ages, which blocks; without it another part of the process does that.
    """

    def __init__(self, keys: TokenKeys, *, rereads: bool = False) -> None:
        self._keys = keys
        self._rereads = rereads

    def encode(self, position: str, of_list: str) -> str:
        """The cursor of a position; empty for an empty position."""
        return self._serializer(of_list).dumps(position) if position else ""

    def decode(self, cursor: str, of_list: str) -> str:
        """The position of a cursor; empty for an empty cursor.

        Raises:
            InvalidInput: it is not a cursor of this list and caller, or its key is no longer accepted.
        """
        if not cursor:
            return ""
        try:
            if len(cursor) > CURSOR_MAX or not _PATTERN.fullmatch(cursor):
                raise BadData("malformed")
            return str(self._serializer(of_list).loads(cursor))
        except BadData:
            message = "must be the next_cursor of an earlier page of the same list"
            raise InvalidInput.of("cursor", Rule.CURSOR, message) from None

    def _serializer(self, of_list: str) -> URLSafeSerializer:
        """A serializer for one list, which verifies with all accepted keys and signs with the last of its list."""
        signer = self._keys.signing_key() if self._rereads else self._keys.cached_signing_key()
        keys = [key for key in self._keys.cached_verification_keys() if key.kid != signer.kid]
        secrets = [key.derived(b"maas list cursor") for key in (*keys, signer)]
        return URLSafeSerializer(secrets, salt=of_list.encode(), signer_kwargs=_SIGNER)
