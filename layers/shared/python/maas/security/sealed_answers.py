"""Values that are encrypted at rest: AES-GCM with a key for each name, derived from the keys of a secret."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from maas.security.keyring import TokenKeys
from maas.security.tokens import Key

_NONCE = 12
ANSWERS, WEBHOOK_SECRETS = b"maas idempotency answer ", b"maas webhook secret "


class AnswerSealer:
    """The Sealer port. A value can be read until the second rotation after it was sealed, for the same purpose."""

    def __init__(self, keys: TokenKeys, purpose: bytes = ANSWERS) -> None:
        self._keys = keys
        self._purpose = purpose

    def seal(self, name: str, value: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher(self._keys.signing_key(), name).encrypt(nonce, value, name.encode())

    def unseal(self, name: str, sealed: bytes) -> bytes | None:
        for key in self._keys.known_keys():
            try:
                return self._cipher(key, name).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
            except InvalidTag:
                continue
        return None

    def _cipher(self, key: Key, name: str) -> AESGCM:
        return AESGCM(key.derived(self._purpose + name.encode()))
