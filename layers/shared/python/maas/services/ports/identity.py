"""What the account service needs of the outside. Each method raises Unavailable when nobody answers."""

from datetime import datetime
from typing import Protocol

from maas.domain.identity.accounts import Credentials, Organization, Session, User
from maas.domain.identity.principals import Principal


class Identities(Protocol):
    """Organizations, users and sessions. What was written is seen by the next read."""

    def add(self, organization: Organization, founder: User, password_hash: str) -> None:
        """All of it or nothing. Raises AlreadyExists (email)."""
        ...

    def organization(self, tenant_id: str) -> Organization | None: ...

    def user(self, tenant_id: str, user_id: str) -> User | None: ...

    def credentials(self, email: str) -> Credentials | None:
        """`email` in stored form. One read, found or not, so that time tells nothing."""
        ...

    def begin(self, session: Session, digest: str) -> None:
        """Stores a new session whose current token has `digest`."""
        ...

    def session(self, session_id: str) -> Session | None: ...

    def rotate(self, session_id: str, presented: str, successor: str, now: datetime) -> bool:
        """Makes `successor` the current digest if `presented` is it and the session has not expired, in one step.

        False: it was not, so the token was used before, or the session is over.
        """
        ...

    def end(self, session_id: str) -> None:
        """Ends the session: none of its tokens is good any more. Repeating it is harmless."""
        ...


class Passwords(Protocol):
    """Slow, salted hashes."""

    def hash(self, password: str) -> str: ...

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash: False, after the same work, so that time tells nothing."""
        ...


class AccessTokens(Protocol):
    """Short-lived signed tokens."""

    @property
    def lifetime(self) -> int:
        """Seconds."""
        ...

    def issue(self, principal: Principal) -> str: ...
