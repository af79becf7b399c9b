"""Accounts: organizations (tenants), their users, and sessions from login to logout."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity.principals import Role, Scope

EMAIL_MAX = 254
# A change of the password ends the sessions of all memberships in one transaction, which has at most 100 writes.
MEMBERSHIPS_MAX = 50
PASSWORD_MIN, PASSWORD_MAX = 8, 128
SESSION_LIFETIME = timedelta(days=30)
_REFRESH_TOKEN_MAX = 128
# The check is loose on purpose: only a delivered message proves that an address exists.
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An owner of models. `id` is the tenant's id."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A member of one organization. `email` is unique across organizations. A disabled user can do nothing."""

    id: str
    tenant_id: str
    email: str
    name: str
    roles: frozenset[Role]
    created_at: datetime
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The password hash that a login is checked against, and the first member with this address.

    `memberships` is the number of organizations that the address belongs to.
    """

    tenant_id: str
    user_id: str
    password_hash: str = field(repr=False)
    memberships: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A family of refresh tokens, of which only the newest is valid (RFC 9700, 4.14.2).

    A refresh does not extend `expires_at`. `scopes` are those granted at login; a refresh never adds one.
    """

    id: str
    tenant_id: str
    user_id: str
    scopes: frozenset[Scope]
    expires_at: datetime

    def has_ended(self, now: datetime) -> bool:
        """Returns whether the session has expired. A session that was ended has no record."""
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The token of a client: the session's id and 256 random bits. The server stores only `digest`."""

    session_id: str
    secret: str = field(repr=False)

    @classmethod
    def fresh(cls, session_id: str) -> "RefreshToken":
        return cls(session_id, secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """The parsed token; None if `text` does not have the form of one."""
        session_id, dot, secret = text.partition(".")
        if not (session_id and dot and secret) or len(text) > _REFRESH_TOKEN_MAX or not text.isascii():
            return None
        return cls(session_id, secret)

    @property
    def digest(self) -> str:
        """SHA-256 of the secret, hexadecimal. The secret is random, so a slow hash would add no safety."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.session_id}.{self.secret}"


def email(value: str) -> str:
    """The stored form: NFC and case folded, without white space at the ends, at most 254 characters."""
    value = value_rules.label("email", value.strip(), maximum=EMAIL_MAX)
    if not _EMAIL.fullmatch(value):
        raise InvalidInput.of("email", Rule.EMAIL, "must be an e-mail address such as ada@example.com")
    return value_rules.fold(value)


def password(value: str, *, minimum: int = PASSWORD_MIN) -> str:
    """The NFC form of 8 to 128 characters.

    No mixture of characters is required (NIST SP 800-63B, 5.1.1.2). The maximum bounds the work of hashing.
    """
    value = value_rules.nfc("password", value, PASSWORD_MAX)
    if len(value) < minimum:
        raise InvalidInput.of("password", Rule.MIN_LENGTH, f"must have at least {minimum} characters")
    return value
