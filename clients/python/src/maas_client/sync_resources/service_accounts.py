"""Made by tools/client_sync.py from maas_client/resources/service_accounts.py: do not edit."""

from collections.abc import Sequence

from maas_client.answers import ServiceAccount
from maas_client.portal import Portal, SyncPages
from maas_client.resources import service_accounts as asynchronous


class ServiceAccounts:
    """Members for programs, whose keys outlive the people who make them."""

    def __init__(self, portal: Portal, inner: asynchronous.ServiceAccounts) -> None:
        self._portal, self._inner = portal, inner

    def create(self, name: str, roles: Sequence[str], *, timeout: float | None = None) -> ServiceAccount:
        """Makes a service account."""
        return self._portal.run(self._inner.create, name, roles, timeout=timeout)

    def list(self, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[ServiceAccount]:
        """Returns the service accounts, the oldest first."""
        return SyncPages(self._portal, self._inner.list(limit=limit, timeout=timeout))

    def get(self, account_id: str, *, timeout: float | None = None) -> ServiceAccount:
        """Reads a service account. Raises NotFound."""
        return self._portal.run(self._inner.get, account_id, timeout=timeout)

    def update(
        self,
        account_id: str,
        *,
        name: str | None = None,
        roles: Sequence[str] | None = None,
        disabled: bool | None = None,
        timeout: float | None = None,
    ) -> ServiceAccount:
        """Changes the fields that are given."""
        return self._portal.run(
            self._inner.update, account_id, name=name, roles=roles, disabled=disabled, timeout=timeout
        )

    def delete(self, account_id: str, *, timeout: float | None = None) -> None:
        """Deletes a service account and its keys."""
        self._portal.run(self._inner.delete, account_id, timeout=timeout)
