"""Made by tools/client_sync.py from maas_client/resources/account.py: do not edit."""

from maas_client.answers import LoginSession, Membership, User
from maas_client.portal import Portal, SyncPages
from maas_client.resources import account as asynchronous


class Account:
    """The caller's account. An API key may read it, and nothing else."""

    def __init__(self, portal: Portal, inner: asynchronous.Account) -> None:
        self._portal, self._inner = portal, inner

    def me(self, *, timeout: float | None = None) -> User:
        """Returns the caller."""
        return self._portal.run(self._inner.me, timeout=timeout)

    def update(
        self,
        *,
        name: str | None = None,
        password: str | None = None,
        current_password: str | None = None,
        timeout: float | None = None,
    ) -> User:
        """Changes name or password. A new password ends all other sessions."""
        return self._portal.run(
            self._inner.update, name=name, password=password, current_password=current_password, timeout=timeout
        )

    def organizations(self, *, timeout: float | None = None) -> list[Membership]:
        """Returns all organizations that the caller's address belongs to."""
        return self._portal.run(self._inner.organizations, timeout=timeout)

    def join(self, invitation: str, *, timeout: float | None = None) -> User:
        """Joins a further organization by the token of its invitation."""
        return self._portal.run(self._inner.join, invitation, timeout=timeout)

    def sessions(self, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[LoginSession]:
        """Returns the caller's sessions, the oldest first."""
        return SyncPages(self._portal, self._inner.sessions(limit=limit, timeout=timeout))

    def session(self, session_id: str, *, timeout: float | None = None) -> LoginSession:
        """Reads one session. Raises NotFound."""
        return self._portal.run(self._inner.session, session_id, timeout=timeout)

    def end_session(self, session_id: str, *, timeout: float | None = None) -> None:
        """Ends one session."""
        self._portal.run(self._inner.end_session, session_id, timeout=timeout)

    def end_all_sessions(self, *, timeout: float | None = None) -> None:
        """Logs out everywhere, here too."""
        self._portal.run(self._inner.end_all_sessions, timeout=timeout)
