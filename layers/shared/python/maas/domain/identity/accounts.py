"""Accounts: organizations (tenants), their users, and sessions from login to logout."""

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from maas.domain.identity.digests import digest_of
from maas.domain.identity.principals import Role, Scope

# A change of the password ends the sessions of all memberships in one transaction, which has at most 100 writes.
MEMBERSHIPS_MAX = 50
SESSION_LIFETIME = timedelta(days=30)
_REFRESH_TOKEN_MAX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An owner of models. `id` is the tenant's id."""

    id: str
    name: str
    created_at: datetime


class MemberKind(StrEnum):
    """A service account is a member for programs: it has keys, and neither an address nor a password."""

    PERSON = "person"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A member of one organization. A disabled one can do nothing. `email` is empty for a service account.

    Sessions that began until `sessions_after` have ended, and those of another password than `password_id` names.
    `email_verified` says that the person has shown to read the mail of this address.
    """

    id: str
    tenant_id: str
    email: str
    name: str
    roles: frozenset[Role]
    created_at: datetime
    disabled: bool = False
    kind: MemberKind = MemberKind.PERSON
    sessions_after: datetime | None = None
    password_id: str = ""
    email_verified: bool = False

    def has_ended(self, session: "Session") -> bool:
        """Returns whether the session has ended together with others of this member."""
        is_before = self.sessions_after is not None and session.began_at <= self.sessions_after
        return is_before or session.password_id != self.password_id


@dataclass(frozen=True, slots=True)
class Client:
    """The program that a person logs in with: its address, and what it says it is. Both may be empty."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The password hash that a login is checked against, and the first member with this address.

    `memberships` is the number of organizations that the address belongs to. `password_id` names the password: it is
    random, changes with it, and is empty until the first change. `verified` says that whoever has the password has
    shown to read the address's mail.
    """

    tenant_id: str
    user_id: str
    password_hash: str = field(repr=False)
    memberships: int = 1
    password_id: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A family of refresh tokens, of which only the newest is valid (RFC 9700, 4.14.2).

    A refresh does not extend `expires_at`. `scopes` are those granted at login; a refresh never adds one.
    `digest` is that of the newest token. `family` is the key of the tokens' MACs; a session of an earlier release has
    none before its first refresh, and from then on the digest of the token that was refreshed. It has no `started_at`
    either. `password_id` names the password of the login.
    """

    id: str
    tenant_id: str
    user_id: str
    scopes: frozenset[Scope]
    expires_at: datetime
    digest: str = field(repr=False)
    family: str = field(default="", repr=False)
    started_at: datetime | None = None
    refreshed_at: datetime | None = None
    password_id: str = ""
    client: Client = Client()

    @property
    def began_at(self) -> datetime:
        return self.started_at or self.expires_at - SESSION_LIFETIME

    def has_ended(self, now: datetime) -> bool:
        """Returns whether the session has expired. A session that was ended has no record."""
        return now >= self.expires_at

    def has_issued(self, token: "RefreshToken") -> bool:
        """Returns whether the token is one of this session's, be it the newest or a used one; in constant time."""
        is_newest = hmac.compare_digest(token.digest, self.digest)
        is_sealed = token.is_sealed_by(self.family or "-")
        return is_newest or (self.family != "" and (is_sealed or hmac.compare_digest(token.digest, self.family)))


def new_family() -> str:
    """The key of a session's tokens: 256 random bits."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The token of a client: `<session id>.<256 random bits>.<MAC>`. The server stores only `digest`.

    The MAC shows that a token was issued for its session, long after its digest was replaced. It is compared as text
    and never decoded, so a token has one spelling. Tokens of earlier releases have no MAC.
    """

    session_id: str
    secret: str = field(repr=False)

    @classmethod
    def fresh(cls, session_id: str, family: str) -> "RefreshToken":
        random = secrets.token_urlsafe(32)
        return cls(session_id, f"{random}.{_mac(family, session_id, random)}")

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """The parsed token; None if `text` does not have the form of one."""
        session_id, dot, secret = text.partition(".")
        if not (session_id and dot and secret) or len(text) > _REFRESH_TOKEN_MAX or not text.isascii():
            return None
        return cls(session_id, secret)

    def is_sealed_by(self, family: str) -> bool:
        """Returns whether the MAC was made with this key, for this session; in constant time."""
        random, _, mac = self.secret.partition(".")
        return hmac.compare_digest(mac, _mac(family, self.session_id, random))

    @property
    def digest(self) -> str:
        return digest_of(self.secret)

    def __str__(self) -> str:
        return f"{self.session_id}.{self.secret}"


def _mac(family: str, session_id: str, random: str) -> str:
    mac = hmac.digest(family.encode(), f"{session_id}.{random}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
