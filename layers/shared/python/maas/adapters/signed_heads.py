"""Heads of audit logs, signed with the key of access tokens, so that its public keys verify them (jwks.json)."""

import time
from collections.abc import Callable
from dataclasses import asdict

import jwt

from maas.domain.audit.chain import Head
from maas.security.keyring import TokenKeys
from maas.security.tokens import ALGORITHM

# No access token has this type, and a head has no audience, so neither is ever taken for the other (RFC 8725, 3.11).
TYPE = "maas-audit-head+jws"


class SignedHeads:
    """The HeadSigner port."""

    def __init__(self, keys: TokenKeys, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._clock = clock

    def sign(self, head: Head) -> str:
        key = self._keys.signing_key()
        claims = {**asdict(head), "iat": int(self._clock())}
        return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.kid, "typ": TYPE})
