"""Invitations: their storage, and the members that they make. Every method may raise Unavailable."""

from datetime import datetime
from typing import Protocol

from maas.domain.identity.accounts import Credentials, User
from maas.domain.identity.invitations import Invitation


class Invitations(Protocol):
    """Reads are strongly consistent. An invitation makes one member at most, in any race."""

    def add(self, invitation: Invitation) -> None: ...

    def invitation(self, tenant_id: str, invitation_id: str) -> Invitation | None: ...

    def page(self, tenant_id: str, now: datetime, *, limit: int, after: str) -> tuple[list[Invitation], str]:
        """At most `limit` open invitations after the id `after`, oldest first, and the last id if there are more.

        One whose maker is no active admin is not open.
        """
        ...

    def revoke(self, tenant_id: str, invitation_id: str) -> bool:
        """Deletes the invitation. Returns False if there was none."""
        ...

    def join(self, invitation: Invitation, user: User, password_hash: str) -> None:
        """Uses the invitation up, and stores a new address with its first member.

        Raises:
            InvalidInput (invitation): it is not open any more, or who invited is no active admin any more.
            Outdated: the address has been registered meanwhile.
        """
        ...

    def join_known(self, invitation: Invitation, user: User, known: Credentials) -> None:
        """Uses the invitation up, and stores a further member for the address whose credentials are `known`.

        Raises:
            InvalidInput (invitation): as above.
            AlreadyExists (email): the organization has a member with this address.
            WrongState (email): the address belongs to too many organizations.
            Outdated: the credentials have changed meanwhile.
        """
        ...
