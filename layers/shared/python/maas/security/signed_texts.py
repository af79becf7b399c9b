"""Texts that callers keep for us: readable by anyone, made by us alone, and good for one purpose.

itsdangerous signs them with a list of keys (https://itsdangerous.palletsprojects.com/en/stable/concepts/#key-rotation).
The keys are derived from those of tokens, so signed texts outlive a rotation like tokens do.
"""

import hashlib
import re
from typing import Any

from itsdangerous import BadData, Serializer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

from maas.security.keyring import TokenKeys

TEXT_MAX = 4096
# With SHA-384 a signature is 64 characters of base64url without spare bits. Together with the pattern, which keeps out
# characters that itsdangerous ignores, this makes every text unique.
_SIGNER = {"digest_method": hashlib.sha384, "key_derivation": "hmac"}
_PATTERN = re.compile(r"[A-Za-z0-9_.-]+")


class _Uncompressed(URLSafeSerializer):
    """Reads compressed texts and makes none: they begin with a dot, which a double click in a mail leaves out."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(Serializer.dump_payload(self, obj))


class SignedTexts:
    """Signs and reads the texts of one kind, `purpose`. Methods raise Unavailable if no key could be read yet.

    `rereads` has the secret read again as it ages, which blocks; without it another part of the process does that.
    """

    def __init__(self, keys: TokenKeys, purpose: str, *, rereads: bool = False) -> None:
        self._keys = keys
        self._purpose = purpose.encode()
        self._rereads = rereads

    def sign(self, text: str, salt: str = "") -> str:
        return str(self._serializer(salt).dumps(text))

    def read(self, signed: str, salt: str = "") -> str | None:
        """The text; None if it was signed with another salt or purpose, or with a key that is not accepted any more."""
        if len(signed) > TEXT_MAX or not _PATTERN.fullmatch(signed):
            return None
        try:
            return str(self._serializer(salt).loads(signed))
        except BadData:
            return None

    def _serializer(self, salt: str) -> URLSafeSerializer:
        """A serializer which verifies with all accepted keys and signs with the last of its list."""
        signer = self._keys.signing_key() if self._rereads else self._keys.cached_signing_key()
        keys = [key for key in self._keys.cached_verification_keys() if key.kid != signer.kid]
        secrets = [key.derived(self._purpose) for key in (*keys, signer)]
        return _Uncompressed(secrets, salt=salt.encode(), signer_kwargs=_SIGNER)
