"""Signed tokens (JWT, EdDSA): one set of rules for access tokens (RFC 9068) and the functions' service tokens.

A token becomes claims when its signature is verified, and claims become a principal. Adapters and the registry share
this one verifier. Keys are derived from a random secret by SHA-256, so CloudFormation can generate the secret; see
docs/decisions/0002-token-keys.md. maas.security.keyring decides which key is used at which time.
"""

import base64
import hashlib
import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from maas.domain.errors import InvalidInput, TokenExpired, Unauthenticated
from maas.domain.identity.principals import Principal, Role, parse_scopes
from maas.security.strict_json import segments

ALGORITHM = "EdDSA"
TOKEN_MAX = 4096
LEEWAY = 5
_NOT_VALID = "the token is not valid"
_REQUIRED = ["exp", "iat", "sub", "iss", "aud"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of token: the header's `typ`, the claims' issuer and audience, and the lifetime in seconds."""

    typ: str
    issuer: str
    audience: str
    lifetime: int


ACCESS = Kind("at+jwt", "maas", "maas-api", 900)
SERVICE = Kind("svc+jwt", "maas-functions", "maas-registry", 60)


@dataclass(frozen=True, slots=True)
class Key:
    """An Ed25519 key pair. `kid` is the public key's thumbprint (RFC 7638)."""

    private: Ed25519PrivateKey
    public: Ed25519PublicKey
    kid: str

    @classmethod
    def derive(cls, secret: str) -> "Key":
        """Derives the key pair from a random text. Raises ValueError if it has fewer than 32 characters."""
        if len(secret) < 32:
            raise ValueError("the secret must have at least 32 characters")
        private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest())
        public = private.public_key()
        return cls(private, public, _thumbprint(_public_members(public)))

    def derived(self, purpose: bytes) -> bytes:
        """Derives 32 secret bytes, different for each purpose (HKDF, RFC 5869)."""
        return HKDF(SHA256(), 32, salt=None, info=purpose).derive(self.private.private_bytes_raw())

    def jwk(self) -> dict[str, str]:
        """The public key as a JSON Web Key (RFC 8037)."""
        return {**_public_members(self.public), "kid": self.kid, "use": "sig", "alg": ALGORITHM}


def _public_members(public: Ed25519PublicKey) -> dict[str, str]:
    x = base64.urlsafe_b64encode(public.public_bytes_raw()).rstrip(b"=").decode()
    return {"crv": "Ed25519", "kty": "OKP", "x": x}


def _thumbprint(members: Mapping[str, str]) -> str:
    canonical = json.dumps(dict(sorted(members.items())), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def sign(key: Key, kind: Kind, principal: Principal, now: float | None = None, lifetime: int | None = None) -> str:
    """Signs a token for the principal. It is valid for `lifetime` seconds, or the kind's, from `now` (Unix seconds)."""
    issued = int(time.time() if now is None else now)
    claims: dict[str, Any] = {
        "iss": kind.issuer,
        "aud": kind.audience,
        "sub": principal.subject,
        "tenant": principal.tenant_id,
        "roles": sorted(principal.roles),
        "scope": " ".join(sorted(principal.scopes)),
        "iat": issued,
        "exp": issued + min(kind.lifetime, lifetime or kind.lifetime),
    }
    if principal.credential:
        claims["cred"] = principal.credential
    return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.kid, "typ": kind.typ})


def verify(keys: Collection[Key], kind: Kind, token: str) -> Principal:
    """The principal of a token that is signed with one of `keys`.

    Raises:
        Unauthenticated: malformed, too long, wrong kind or key, bad signature, or a claim of the wrong type.
        TokenExpired: the signature is valid, but the token has expired.
    """
    return verify_with_key_id(key_id(kind, token), keys, kind, token)


def verify_with_key_id(kid: str, keys: Collection[Key], kind: Kind, token: str) -> Principal:
    """Like verify, for a token whose key id is already known to be `kid`."""
    key = next((key for key in keys if key.kid == kid), None)
    if key is None:
        raise Unauthenticated(_NOT_VALID)
    try:
        claims = jwt.decode(
            token,
            key.public,
            algorithms=[ALGORITHM],
            audience=kind.audience,
            issuer=kind.issuer,
            leeway=LEEWAY,
            options={"require": _REQUIRED, "strict_aud": True, "verify_iat": True},
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired("the token has expired") from None
    except jwt.InvalidTokenError:
        raise Unauthenticated(_NOT_VALID) from None
    return _principal(claims, kind)


def kind_of(token: str, *kinds: Kind) -> Kind:
    """The one of `kinds` that the token's header names, before anything is verified. Raises Unauthenticated."""
    typ = _header(token).get("typ")
    for kind in kinds:
        if typ == kind.typ:
            return kind
    raise Unauthenticated(_NOT_VALID)


def key_id(kind: Kind, token: str) -> str:
    """The token's `kid`, before anything is verified. Raises Unauthenticated if it is not a token of this kind."""
    header = _header(token)
    kid = header.get("kid")
    if header.get("typ") != kind.typ or not isinstance(kid, str):
        raise Unauthenticated(_NOT_VALID)
    return kid


def _header(token: str) -> Mapping[str, Any]:
    """The header of a token whose segments are strict. Raises Unauthenticated."""
    if len(token) > TOKEN_MAX:
        raise Unauthenticated("the token is too long")
    try:
        return segments(token)[0]
    except (ValueError, TypeError, RecursionError):
        raise Unauthenticated(_NOT_VALID) from None


def _principal(claims: Mapping[str, Any], kind: Kind) -> Principal:
    sub, tenant, roles, scope = (claims.get(name) for name in ("sub", "tenant", "roles", "scope"))
    credential = claims.get("cred", "")
    times = (claims["iat"], claims["exp"])
    well_formed = (
        isinstance(sub, str)
        and isinstance(tenant, str)
        and isinstance(scope, str)
        and isinstance(credential, str)
        and bool(sub and tenant)
        and isinstance(roles, list)
        and all(type(t) is int for t in times)
        and 0 < times[1] - times[0] <= kind.lifetime
    )
    if not well_formed:
        raise Unauthenticated(_NOT_VALID)
    try:
        known_roles = frozenset(Role(role) for role in roles or ())
        return Principal(str(sub), str(tenant), known_roles, parse_scopes(str(scope)), credential)
    except (ValueError, TypeError, InvalidInput):
        raise Unauthenticated(_NOT_VALID) from None
