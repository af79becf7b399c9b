"""API keys: long-lived credentials of a member, for programs.

The text of a key is `maas_<id>_<secret><checksum>`, in the alphabet of base 62. The prefix lets secret scanners find
leaked keys, and the checksum shows a typing error without a look-up. GitHub's tokens have the same form:
https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats
"""

import hashlib
import hmac
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from maas.domain.errors import Unauthenticated
from maas.domain.identity.credentials import KEY
from maas.domain.identity.digests import digest_of
from maas.domain.identity.key_prefix import PREFIX
from maas.domain.identity.principals import Scope

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# 16 characters are 95 bits: ids never collide. 43 characters are 256 random bits. 6 characters hold a CRC-32.
_ID, _SECRET, _CHECKSUM = 16, 43, 6
_LENGTH = len(PREFIX) + _ID + 1 + _SECRET + _CHECKSUM
# Hexadecimal digits of a digest that tell the secrets of one key apart.
_FINGERPRINT = 16
# The old secret of a rotated key is accepted for so long unless the caller chooses another time.
GRACE = timedelta(hours=24)
GRACE_MAX = timedelta(days=7)
# The newest rotations by requests with an idempotency key, so that a repeat finds its own.
_ROTATIONS = 10
# The least time between two notes of one key's use. API Gateway asks the authorizer once a minute for one key.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeySecret:
    """The part of a key that only its holder knows."""

    key_id: str
    secret: str = field(repr=False)

    @classmethod
    def fresh(cls, key_id: str = "") -> "KeySecret":
        """A new secret, for the key `key_id` or for a new key."""
        return cls(key_id or _random(_ID), _random(_SECRET))

    @classmethod
    def parse(cls, text: str) -> "KeySecret | None":
        """The parsed key; None if `text` is not a key or has a typing error."""
        if len(text) != _LENGTH or not text.isascii() or not text.startswith(PREFIX):
            return None
        body, checksum = text[:-_CHECKSUM], text[-_CHECKSUM:]
        key_id, separator, secret = body[len(PREFIX) :].partition("_")
        if not separator or not is_key_id(key_id) or not secret.isalnum():
            return None
        return cls(key_id, secret) if hmac.compare_digest(_checksum(body), checksum) else None

    @property
    def digest(self) -> str:
        return digest_of(self.secret)

    @property
    def credential(self) -> str:
        """The text that names the key and, after a dot, which of its secrets this is: a rotation ends one of them."""
        return f"{KEY}/{self.key_id}.{self.digest[:_FINGERPRINT]}"

    def __str__(self) -> str:
        body = f"{PREFIX}{self.key_id}_{self.secret}"
        return body + _checksum(body)


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key in the list of its organization."""

    key_id: str
    user_id: str
    created_at: datetime

    @property
    def position(self) -> str:
        """A text that sorts by age and is unique."""
        return f"{self.created_at.isoformat()} {self.key_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is stored. It acts for the member `user_id`, and `created_by` has made it.

    `models` maps model ids to ranges of versions ("" is every version); None: every model. `networks` are CIDR blocks
    from which it may be used; empty: from everywhere. After a rotation, the digest before is accepted until
    `previous_until`. `rotations` are the effects of the last rotations that had one (RequestContext), newest last.
    """

    id: str
    tenant_id: str
    user_id: str
    name: str
    scopes: frozenset[Scope]
    digest: str = field(repr=False)
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    models: Mapping[str, str] | None = None
    networks: tuple[str, ...] = ()
    previous_digest: str = field(default="", repr=False)
    previous_until: datetime | None = None
    last_used_at: datetime | None = None
    last_used_from: str = ""
    rotations: tuple[str, ...] = ()

    def rotated(self, secret: KeySecret, until: datetime, effect: str = "") -> "ApiKey":
        """The key with another secret. The one before is accepted until then."""
        rotations = (*self.rotations, effect)[-_ROTATIONS:] if effect else self.rotations
        after = replace(self, previous_digest=self.digest, previous_until=until, rotations=rotations)
        return after.reissued(secret)

    def reissued(self, secret: KeySecret) -> "ApiKey":
        """The key with another secret in place of one that nobody has seen."""
        return replace(self, digest=secret.digest)

    def accepts(self, shown: KeySecret, now: datetime) -> bool:
        """Returns whether the secret is the current one, or the one before within its grace; in constant time."""
        current = hmac.compare_digest(shown.digest, self.digest)
        before = hmac.compare_digest(shown.digest, self.previous_digest or "-")
        return current or (before and self.previous_until is not None and now < self.previous_until)

    def still_accepts(self, fingerprint: str, now: datetime) -> bool:
        """Returns whether the secret with this fingerprint, which was accepted before, is accepted now."""
        if fingerprint == self.digest[:_FINGERPRINT]:
            return True
        before = fingerprint == self.previous_digest[:_FINGERPRINT]
        return before and self.previous_until is not None and now < self.previous_until

    def needs_note(self, now: datetime) -> bool:
        """Returns whether a use now is to be noted."""
        return self.last_used_at is None or now - self.last_used_at >= NOTED_EVERY

    @property
    def entry(self) -> KeyEntry:
        return KeyEntry(self.id, self.user_id, self.created_at)

    def has_ended(self, now: datetime) -> bool:
        """Returns whether the key has expired. A revoked key has no record."""
        return self.expires_at is not None and now >= self.expires_at


def shown_secret(text: str) -> KeySecret:
    """The key that a caller shows. Raises Unauthenticated if the text has not the form of one."""
    secret = KeySecret.parse(text)
    if secret is None:
        raise Unauthenticated("the API key is not valid; it may have a typing error")
    return secret


def accepted(key: ApiKey | None, shown: KeySecret, now: datetime) -> ApiKey:
    """The key whose secret this is.

    Raises:
        Unauthenticated: there is no such key, its secret is another one, or it has expired.
    """
    if key is None or not key.accepts(shown, now):
        raise Unauthenticated("the API key is not valid, or is revoked")
    if key.has_ended(now):
        raise Unauthenticated("the API key has expired")
    return key


def is_key_id(text: str) -> bool:
    """Returns whether `text` has the form of a key's id."""
    return len(text) == _ID and text.isascii() and text.isalnum()


def key_id_of(effect_id: str) -> str:
    """The id of the key that a request with this effect makes, always the same; empty for an empty id."""
    number, digits = int.from_bytes(hashlib.sha256(effect_id.encode()).digest(), "big"), ""
    while effect_id and len(digits) < _ID:
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return digits


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    """CRC-32 of the text before it, in base 62 with leading zeros."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
