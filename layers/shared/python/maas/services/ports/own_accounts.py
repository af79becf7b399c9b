"""What a person changes of its own account. Every method may raise Unavailable."""

from datetime import datetime
from typing import Protocol

from maas.domain.identity.accounts import Credentials, Session, User


class OwnAccounts(Protocol):
    """Reads are strongly consistent."""

    def sessions(self, user: User, now: datetime, *, limit: int, after: str) -> tuple[list[Session], str]:
        """At most `limit` live sessions after the id `after`, oldest first, and the last id if there are more."""
        ...

    def rename(self, user: User, name: str) -> None:
        """Stores the name. A member that is gone stays gone."""
        ...

    def end_sessions(self, user: User, at: datetime) -> None:
        """Ends all sessions that began until `at`. A member that is gone stays gone."""
        ...

    def change_password(self, email: str, known: Credentials, successor: Credentials, kept: str) -> None:
        """Stores hash and id of the password `successor` in one transaction with all that the id ends.

        These are the sessions of all memberships, but the one with the id `kept` (empty: none is kept).

        Raises:
            Outdated: password or memberships are not those of `known` any more.
            Unauthenticated: the session `kept` has ended.
        """
        ...

    def reset_password(self, email: str, known: Credentials, successor: Credentials) -> None:
        """The same for whoever could not show the password. No session is kept. Raises Outdated."""
        ...
