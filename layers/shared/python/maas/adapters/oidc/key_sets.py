"""Public keys of an issuer: a JWK Set (RFC 7517) becomes the keys that may verify tokens, by their ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

# Keys of one set that are read; the largest issuers have about 20.
KEYS_MAX = 100
# Bits of an RSA key: fewer are too weak (RFC 7518, 3.3), more take too long. So do large exponents.
RSA_MIN, RSA_MAX, _EXPONENT_MAX = 2048, 8192, 2**32

_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
# By the kind of a key (`kty`, and `crv`): its parser, and the algorithms that it fits (RFC 8725, 3.1).
_KINDS: Mapping[tuple[Any, Any], tuple[Any, frozenset[str]]] = {
    ("RSA", None): (RSAAlgorithm, _RSA),
    ("EC", "P-256"): (ECAlgorithm, frozenset({"ES256"})),
    ("EC", "P-384"): (ECAlgorithm, frozenset({"ES384"})),
    ("OKP", "Ed25519"): (OKPAlgorithm, frozenset({"EdDSA"})),
}
_PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key, and the algorithms of tokens that it verifies."""

    key: _PublicKey
    algorithms: frozenset[str]

    def has_signed(self, token: str, algorithm: str) -> bool:
        """Returns whether the token was signed with this key by this algorithm."""
        if algorithm not in self.algorithms:
            return False
        try:
            jwt.PyJWS().decode(token, self.key, algorithms=[algorithm])
        except jwt.InvalidTokenError:
            return False
        return True


KeySet = Mapping[str, list[VerificationKey]]


def key_set(document: Mapping[str, Any]) -> KeySet:
    """The usable keys of a JWK Set. Others are left out, as a set may have keys of any use. Raises ValueError."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > KEYS_MAX:
        raise ValueError(f"keys must be a list of at most {KEYS_MAX}")
    found: dict[str, list[VerificationKey]] = {}
    for jwk in listed:
        key = _usable(jwk) if isinstance(jwk, dict) else None
        if key and isinstance(jwk.get("kid"), str):
            found.setdefault(jwk["kid"], []).append(key)
    return found


def _usable(jwk: dict[str, Any]) -> VerificationKey | None:
    """The key; None if it is for another use, too weak, of another kind, private, or broken."""
    kty, crv = jwk.get("kty"), jwk.get("crv")
    if not isinstance(kty, str) or not isinstance(crv, str | None) or not _is_for_signatures(jwk) or "d" in jwk:
        return None
    parser, algorithms = _KINDS.get((kty, None if kty == "RSA" else crv), (None, frozenset()))
    if parser is None:
        return None
    if "alg" in jwk:
        algorithms = algorithms & {str(jwk["alg"])}
    try:
        key = parser.from_jwk(jwk)
    except (jwt.InvalidKeyError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return VerificationKey(key, algorithms) if _is_strong(key) else None


def _is_for_signatures(jwk: Mapping[str, Any]) -> bool:
    """Returns whether the key's use allows to verify signatures (RFC 7517, 4.2 and 4.3)."""
    operations = jwk.get("key_ops", ["verify"])
    return jwk.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _is_strong(key: _PublicKey) -> bool:
    if not isinstance(key, RSAPublicKey):
        return True
    return RSA_MIN <= key.key_size <= RSA_MAX and key.public_numbers().e <= _EXPONENT_MAX
