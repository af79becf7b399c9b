"""Access tokens, made and checked with the key that a secret gives. The secret is asked for at first use."""

from collections.abc import Callable
from functools import cached_property

from maas import tokens
from maas.domain.principals import Principal
from maas.tokens import ACCESS, Key


class SignedAccessTokens:
    """JWTs of the kind maas.tokens.ACCESS."""

    def __init__(self, secret: Callable[[], str]) -> None:
        self._secret = secret

    @cached_property
    def _key(self) -> Key:
        return Key.derive(self._secret())

    @property
    def lifetime(self) -> int:
        """Seconds."""
        return ACCESS.lifetime

    def issue(self, principal: Principal) -> str:
        return tokens.sign(self._key, ACCESS, principal)

    def verify(self, token: str) -> Principal:
        """Raises Unauthenticated; TokenExpired when it was good once."""
        return tokens.verify(self._key, ACCESS, token)

    def public_keys(self) -> list[dict[str, str]]:
        """What others need to check the tokens (RFC 7517)."""
        return [self._key.jwk()]
