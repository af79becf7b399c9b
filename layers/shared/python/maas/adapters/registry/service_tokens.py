"""Service tokens for calls to the registry: signed here, kept for half of their life."""

import time

from maas.domain.identity.principals import Principal
from maas.security import tokens
from maas.security.keyring import TokenKeys

_KEPT_MAX = 1_000


class ServiceTokens:
    """One process serves few principals at a time, so a plain dictionary is enough."""

    def __init__(self, keys: TokenKeys) -> None:
        self._keys = keys
        self._kept: dict[Principal, tuple[str, float]] = {}

    def token(self, principal: Principal) -> str:
        """Raises Unavailable where the key can't be had."""
        token, renew_at = self._kept.get(principal, ("", 0.0))
        now = time.time()
        if now < renew_at:
            return token
        if len(self._kept) >= _KEPT_MAX:
            self._kept.clear()
        token = tokens.sign(self._keys.signing_key(), tokens.SERVICE, principal, now)
        self._kept[principal] = (token, now + tokens.SERVICE.lifetime / 2)
        return token
