"""Access tokens, made and checked with the keys that a secret holds. It is read at first use, and as it ages."""

from maas.domain.identity.principals import Principal
from maas.security import tokens
from maas.security.keyring import TokenKeys
from maas.security.tokens import ACCESS


class SignedAccessTokens:
    """JWTs of the kind maas.tokens.ACCESS. Every method raises Unavailable where the secret could not be read yet."""

    def __init__(self, keys: TokenKeys) -> None:
        self._keys = keys

    @property
    def lifetime(self) -> int:
        """Seconds."""
        return ACCESS.lifetime

    def issue(self, principal: Principal) -> str:
        return tokens.sign(self._keys.signing_key(), ACCESS, principal)

    def verify(self, token: str) -> Principal:
        """Raises Unauthenticated; TokenExpired when it was good once."""
        return self._keys.verify(ACCESS, token)

    def public_keys(self) -> list[dict[str, str]]:
        """What others need to check the tokens (RFC 7517)."""
        return [key.jwk() for key in self._keys.verification_keys()]
