"""Accounts: their storage, passwords and access tokens. Every method may raise Unavailable."""

from datetime import datetime
from typing import Protocol

from maas.domain.identity.accounts import Credentials, Organization, Session, User
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.principals import Principal
from maas.domain.identity.trusted_issuers import TrustedIssuer


class Identities(Protocol):
    """Organizations, users, sessions, API keys and trusted issuers. Reads are strongly consistent."""

    def add(self, organization: Organization, founder: User, password_hash: str) -> None:
        """Stores an organization and its first user in one transaction. Raises AlreadyExists (email)."""
        ...

    def organization(self, tenant_id: str) -> Organization | None: ...

    def user(self, tenant_id: str, user_id: str) -> User | None: ...

    def credentials(self, email: str) -> Credentials | None:
        """Looks up an address in any case. It is one read for known and unknown ones, so timing reveals nothing."""
        ...

    def memberships(self, email: str, known: Credentials) -> list[User]:
        """The members with this address, one for each organization that it belongs to."""
        ...

    def renew(self, email: str, outdated: str, password_hash: str) -> None:
        """Replaces the hash `outdated` of an address. Does nothing if the address has another one by now."""
        ...

    def begin(self, session: Session) -> None:
        """Stores a new session."""
        ...

    def session(self, session_id: str) -> Session | None: ...

    def key(self, key_id: str) -> ApiKey | None: ...

    def trusted_issuer(self, tenant_id: str, issuer_id: str) -> TrustedIssuer | None: ...

    def rotate(self, session_id: str, presented: str, successor: str, now: datetime) -> bool:
        """Atomically replaces the current digest with `successor` if `presented` is current and the session is valid.

        A session without a family gets `presented` as its family. Returns False if the token was used before, or the
        session has ended or expired.
        """
        ...

    def end(self, session: Session, *, reused: bool = False) -> None:
        """Ends the session, which invalidates all of its refresh tokens. Idempotent.

        `reused` says why: somebody has shown a refresh token that was used before.
        """
        ...


class Passwords(Protocol):
    """Slow, salted hashes."""

    def hash(self, password: str) -> str:
        """Raises Exhausted if too many others are being hashed."""
        ...

    def is_common(self, password: str) -> bool:
        """Returns whether so many people use this password that it will be guessed."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Returns whether a hash was made with other parameters than new ones are."""
        ...

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Returns whether `password` has this hash. None gives False after the same work: timing reveals nothing.

        Raises Exhausted if too many others are being hashed.
        """
        ...


class AccessTokens(Protocol):
    """Short-lived signed tokens."""

    @property
    def lifetime(self) -> int:
        """The lifetime in seconds."""
        ...

    def issue(self, principal: Principal, lifetime: int | None = None) -> str:
        """A token that is valid for `lifetime` seconds, if that is less than usual."""
        ...


class ServiceAccounts(Protocol):
    """Service accounts of organizations. Reads are strongly consistent."""

    def add(self, account: User, limit: int) -> None:
        """Stores a new service account. Raises QuotaExceeded if its organization has `limit` of them or more."""
        ...

    def account(self, tenant_id: str, account_id: str) -> User | None: ...

    def page(self, tenant_id: str, *, limit: int, after: str) -> list[User]:
        """At most `limit` service accounts after the id `after`, oldest first."""
        ...

    def change(self, read: User, changed: User) -> None:
        """Stores name, roles and state. Raises Outdated if they are not those of `read` any more."""
        ...

    def remove(self, account: User) -> bool:
        """Removes a service account. Returns False if it does not exist any more."""
        ...


class ApiKeys(Protocol):
    """API keys of organizations. Reads are strongly consistent."""

    def add(self, key: ApiKey, limit: int) -> None:
        """Stores a new key. Raises QuotaExceeded if its organization has `limit` keys or more."""
        ...

    def key(self, key_id: str) -> ApiKey | None: ...

    def listed(self, tenant_id: str, user_id: str, *, limit: int, after: str) -> list[ApiKey]:
        """At most `limit` keys of an organization, newest first, of one member or, with an empty id, of all.

        They are older than the position `after` (KeyEntry.position), if it is not empty.
        """
        ...

    def change(self, read: ApiKey, changed: ApiKey) -> None:
        """Stores name, scopes, models, networks and expiry.

        Raises Outdated if they are not those of `read` any more.
        """
        ...

    def rotate(self, read: ApiKey, rotated: ApiKey) -> bool:
        """Stores digests, grace and rotations. Returns False if the digest is not that of `read` any more."""
        ...

    def remove(self, key: ApiKey) -> bool:
        """Removes a key. Returns False if it does not exist any more."""
        ...
