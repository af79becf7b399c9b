"""Access tokens, signed and verified with the keys of a secret, which is read at its first use and as it ages."""

from maas.domain.identity.principals import Principal
from maas.security import tokens
from maas.security.keyring import TokenKeys
from maas.security.tokens import ACCESS


class SignedAccessTokens:
    """JWTs of the kind tokens.ACCESS. Every method raises Unavailable if the secret could not be read yet."""

    def __init__(self, keys: TokenKeys) -> None:
        self._keys = keys

    @property
    def lifetime(self) -> int:
        """The lifetime in seconds."""
        return ACCESS.lifetime

    def issue(self, principal: Principal, lifetime: int | None = None) -> str:
        return tokens.sign(self._keys.signing_key(), ACCESS, principal, lifetime=lifetime)

    def verify(self, token: str) -> Principal:
        """The principal of a token. Raises Unauthenticated, TokenExpired."""
        return self._keys.verify(ACCESS, token)

    def public_keys(self) -> list[dict[str, str]]:
        """The verification keys as JSON Web Keys (RFC 7517), for the JWKS document."""
        return [key.jwk() for key in self._keys.verification_keys()]
