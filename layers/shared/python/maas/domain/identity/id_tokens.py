"""ID tokens (OpenID Connect Core 1.0, 2) of other issuers: what a token must look like, whoever has signed it.

RFC 8725 (JSON Web Token Best Current Practices) has the reasons for most of these rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from maas.domain.errors import InvalidInput, Rule

FIELD = "subject_token"
# Characters of a token. A job's token has about 1,500, and API Gateway's limit of headers is 10 KB.
TOKEN_MAX = 16 * 1024
# Asymmetric algorithms alone: with `none` or a shared secret, everybody could sign (RFC 8725, 3.1 and 3.2).
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"})
# Seconds by which the issuer's clock may differ, and after which a token is too old to be exchanged.
LEEWAY, AGE_MAX = 60, 3600
_KEY_ID_MAX, _ISSUER_MAX, _SUBJECT_MAX = 256, 2048, 1024
_LATEST = 253402300799  # the last second of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """A well-formed token that is valid now. `text` is signed with the key `key_id` of the issuer, or claims to be."""

    text: str = field(repr=False)
    algorithm: str
    key_id: str
    issuer: str
    subject: str
    audience: str
    claims: Mapping[str, Any] = field(repr=False)

    @classmethod
    def checked(cls, text: str, header: Mapping[str, Any], claims: Mapping[str, Any], now: datetime) -> "IdToken":
        """The token with this header and these claims. Raises InvalidInput."""
        algorithm, key_id = _header(header)
        _check_times(claims, now.timestamp())
        if "events" in claims:
            raise refused("is a logout or security event, and no ID token")
        return cls(
            text=text,
            algorithm=algorithm,
            key_id=key_id,
            issuer=_text(claims, "iss", _ISSUER_MAX),
            subject=_text(claims, "sub", _SUBJECT_MAX),
            audience=_audience(claims),
            claims=claims,
        )


def refused(message: str, rule: Rule = Rule.JWT) -> InvalidInput:
    return InvalidInput.of(FIELD, rule, message)


def _header(header: Mapping[str, Any]) -> tuple[str, str]:
    """Algorithm and key id. A key or an address in the header is never used (RFC 8725, 3.10)."""
    algorithm, key_id, typ = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise refused(f"must be signed with one of {', '.join(sorted(ALGORITHMS))}", Rule.ENUM)
    if "crit" in header or "b64" in header:
        raise refused("must have neither crit nor b64 in its header")
    if not isinstance(typ, str) or typ.lower() != "jwt":
        raise refused("must be of the type JWT: an access token or another kind of token is no ID token")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= _KEY_ID_MAX:
        raise refused(f"must have a kid of 1 to {_KEY_ID_MAX} characters in its header")
    return algorithm, key_id


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    begins = _time(claims, "nbf") if "nbf" in claims else issued
    if expires <= now - LEEWAY:
        raise refused("has expired", Rule.EXPIRED)
    if issued < now - AGE_MAX - LEEWAY:
        raise refused(f"was issued more than {AGE_MAX} s ago", Rule.EXPIRED)
    if max(issued, begins) > now + LEEWAY:
        raise refused("is not valid yet; compare the clocks", Rule.RANGE)
    if expires <= issued:
        raise refused("must expire after it was issued")


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise refused(f"must have {name} as a number of seconds")
    return value


def _text(claims: Mapping[str, Any], name: str, maximum: int) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= maximum:
        raise refused(f"must have {name} as a text of 1 to {maximum} characters")
    return value


def _audience(claims: Mapping[str, Any]) -> str:
    """The one audience. Whoever else a token is for could show it here."""
    value = claims.get("aud")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or not value:
        raise refused("must be for exactly one audience (aud)")
    return value
