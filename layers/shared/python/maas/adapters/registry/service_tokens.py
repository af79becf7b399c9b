"""Service tokens for calls to the registry, signed here and cached for half of their lifetime."""

import time

from maas.domain.identity.principals import Principal
from maas.security import tokens
from maas.security.keyring import TokenKeys

_CACHED_MAX = 1_000


class ServiceTokens:
    """Signs service tokens. A process serves few principals at a time, so a plain dictionary caches them."""

    def __init__(self, keys: TokenKeys) -> None:
        self._keys = keys
        self._cached: dict[Principal, tuple[str, float]] = {}

    def token(self, principal: Principal) -> str:
        """A token for the principal, valid for at least half of its lifetime. Raises Unavailable."""
        token, renew_at = self._cached.get(principal, ("", 0.0))
        now = time.time()
        if now < renew_at:
            return token
        if len(self._cached) >= _CACHED_MAX:
            self._cached.clear()
        token = tokens.sign(self._keys.signing_key(), tokens.SERVICE, principal, now)
        self._cached[principal] = (token, now + tokens.SERVICE.lifetime / 2)
        return token
