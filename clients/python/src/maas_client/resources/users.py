"""Members of the organization, and invitations."""

from collections.abc import Sequence

from maas_client.answers import Invitation, Member, NewInvitation
from maas_client.http.api import Pages
from maas_client.http.calls import Call, given, listed, path
from maas_client.resources.base import Resource


class Users(Resource):
    """Members of the caller's organization. All operations need the role admin."""

    def list(
        self,
        *,
        role: str | None = None,
        state: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Pages[Member]:
        """Returns the members in the order of joining."""
        return self._pages(Member, "users", params={"role": role, "state": state, "limit": limit}, timeout=timeout)

    async def get(self, user_id: str, *, timeout: float | None = None) -> Member:
        """Reads a member. Raises NotFound."""
        return await self._api.call(Call("GET", path("users", user_id), timeout=timeout), Member)

    async def update(
        self,
        user_id: str,
        *,
        roles: Sequence[str] | None = None,
        disabled: bool | None = None,
        timeout: float | None = None,
    ) -> Member:
        """Changes roles and state of a member."""
        body = given(roles=listed(roles), disabled=disabled)
        return await self._api.call(Call("PATCH", path("users", user_id), body=body, timeout=timeout), Member)

    async def delete(self, user_id: str, *, timeout: float | None = None) -> None:
        """Deletes a member from the organization."""
        await self._api.send(Call("DELETE", path("users", user_id), timeout=timeout))

    async def invite(self, email: str, roles: Sequence[str], *, timeout: float | None = None) -> NewInvitation:
        """Invites a person. This answer alone has the token."""
        body = {"email": email, "roles": [*roles]}
        return await self._api.call(
            Call("POST", path("users", "invitations"), body=body, keyed=True, timeout=timeout), NewInvitation
        )

    def invitations(self, *, limit: int | None = None, timeout: float | None = None) -> Pages[Invitation]:
        """Returns the open invitations, the oldest first."""
        return self._pages(Invitation, "users", "invitations", params={"limit": limit}, timeout=timeout)

    async def revoke_invitation(self, invitation_id: str, *, timeout: float | None = None) -> None:
        """Revokes an invitation."""
        await self._api.send(Call("DELETE", path("users", "invitations", invitation_id), timeout=timeout))
