"""Values that are encrypted at rest: AES-GCM with a key for each name, derived from the keys of a secret."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from maas.security.keyring import TokenKeys
from maas.security.tokens import Key

_NONCE = 12


class AnswerSealer:
    """The Sealer port. A value can be read until the second rotation after it was sealed."""

    def __init__(self, keys: TokenKeys) -> None:
        self._keys = keys

    def seal(self, name: str, value: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + _cipher(self._keys.signing_key(), name).encrypt(nonce, value, name.encode())

    def unseal(self, name: str, sealed: bytes) -> bytes | None:
        for key in self._keys.known_keys():
            try:
                return _cipher(key, name).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
            except InvalidTag:
                continue
        return None


def _cipher(key: Key, name: str) -> AESGCM:
    return AESGCM(key.derived(b"maas idempotency answer " + name.encode()))
