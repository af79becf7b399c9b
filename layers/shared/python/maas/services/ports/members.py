"""The members of an organization: their storage. Every method may raise Unavailable."""

from typing import Protocol

from maas.domain.identity.accounts import User
from maas.domain.identity.members import MemberFilter


class Members(Protocol):
    """Reads are strongly consistent. The last active admin of an organization can't be changed away, in any race."""

    def page(self, tenant_id: str, narrowed: MemberFilter, *, limit: int, after: str) -> tuple[list[User], str]:
        """At most `limit` people after the id `after`, oldest first, and the id of the last one if there are more."""
        ...

    def member(self, tenant_id: str, user_id: str) -> User | None:
        """A person of the organization."""
        ...

    def change(self, read: User, changed: User) -> None:
        """Stores roles, state and `sessions_after`. Raises WrongState (the last active admin), Outdated."""
        ...

    def remove(self, read: User) -> None:
        """Deletes the member, and its address if it belongs to no other organization.

        Raises WrongState (the last active admin), Outdated.
        """
        ...
