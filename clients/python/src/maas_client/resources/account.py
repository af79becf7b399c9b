"""The caller's own account."""

from maas_client.answers import LoginSession, Membership, Memberships, User
from maas_client.http.api import Pages
from maas_client.http.calls import Call, given, path
from maas_client.resources.base import Resource


class Account(Resource):
    """The caller's account. An API key may read it, and nothing else."""

    async def me(self, *, timeout: float | None = None) -> User:
        """Returns the caller."""
        return await self._api.call(Call("GET", path("users", "me"), timeout=timeout), User)

    async def update(
        self,
        *,
        name: str | None = None,
        password: str | None = None,
        current_password: str | None = None,
        timeout: float | None = None,
    ) -> User:
        """Changes name or password. A new password ends all other sessions."""
        body = given(name=name, password=password, current_password=current_password)
        return await self._api.call(Call("PATCH", path("users", "me"), body=body, timeout=timeout), User)

    async def organizations(self, *, timeout: float | None = None) -> list[Membership]:
        """Returns all organizations that the caller's address belongs to."""
        call = Call("GET", path("users", "me", "organizations"), timeout=timeout)
        return (await self._api.call(call, Memberships)).items

    async def join(self, invitation: str, *, timeout: float | None = None) -> User:
        """Joins a further organization by the token of its invitation."""
        body = {"invitation": invitation}
        return await self._api.call(
            Call("POST", path("users", "me", "organizations"), body=body, timeout=timeout), User
        )

    def sessions(self, *, limit: int | None = None, timeout: float | None = None) -> Pages[LoginSession]:
        """Returns the caller's sessions, the oldest first."""
        return self._pages(LoginSession, "users", "me", "sessions", params={"limit": limit}, timeout=timeout)

    async def session(self, session_id: str, *, timeout: float | None = None) -> LoginSession:
        """Reads one session. Raises NotFound."""
        return await self._api.call(
            Call("GET", path("users", "me", "sessions", session_id), timeout=timeout), LoginSession
        )

    async def end_session(self, session_id: str, *, timeout: float | None = None) -> None:
        """Ends one session."""
        await self._api.send(Call("DELETE", path("users", "me", "sessions", session_id), timeout=timeout))

    async def end_all_sessions(self, *, timeout: float | None = None) -> None:
        """Logs out everywhere, here too."""
        await self._api.send(Call("DELETE", path("users", "me", "sessions"), timeout=timeout))
