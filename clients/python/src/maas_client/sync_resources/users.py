"""Made by tools/client_sync.py from maas_client/resources/users.py: do not edit."""

from collections.abc import Sequence

from maas_client.answers import Invitation, Member, NewInvitation
from maas_client.portal import Portal, SyncPages
from maas_client.resources import users as asynchronous


class Users:
    """Members of the caller's organization. All operations need the role admin."""

    def __init__(self, portal: Portal, inner: asynchronous.Users) -> None:
        self._portal, self._inner = portal, inner

    def list(
        self,
        *,
        role: str | None = None,
        state: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> SyncPages[Member]:
        """Returns the members in the order of joining."""
        return SyncPages(self._portal, self._inner.list(role=role, state=state, limit=limit, timeout=timeout))

    def get(self, user_id: str, *, timeout: float | None = None) -> Member:
        """Reads a member. Raises NotFound."""
        return self._portal.run(self._inner.get, user_id, timeout=timeout)

    def update(
        self,
        user_id: str,
        *,
        roles: Sequence[str] | None = None,
        disabled: bool | None = None,
        timeout: float | None = None,
    ) -> Member:
        """Changes roles and state of a member."""
        return self._portal.run(self._inner.update, user_id, roles=roles, disabled=disabled, timeout=timeout)

    def delete(self, user_id: str, *, timeout: float | None = None) -> None:
        """Deletes a member from the organization."""
        self._portal.run(self._inner.delete, user_id, timeout=timeout)

    def invite(self, email: str, roles: Sequence[str], *, timeout: float | None = None) -> NewInvitation:
        """Invites a person. This answer alone has the token."""
        return self._portal.run(self._inner.invite, email, roles, timeout=timeout)

    def invitations(self, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[Invitation]:
        """Returns the open invitations, the oldest first."""
        return SyncPages(self._portal, self._inner.invitations(limit=limit, timeout=timeout))

    def revoke_invitation(self, invitation_id: str, *, timeout: float | None = None) -> None:
        """Revokes an invitation."""
        self._portal.run(self._inner.revoke_invitation, invitation_id, timeout=timeout)
