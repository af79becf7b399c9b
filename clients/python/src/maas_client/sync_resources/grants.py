"""Made by tools/client_sync.py from maas_client/resources/grants.py: do not edit."""

from maas_client.answers import Grant, HeldGrant
from maas_client.portal import Portal, SyncPages
from maas_client.resources import grants as asynchronous


class Grants:
    """Roles of users, service accounts, keys and organizations on one model, which is an id or a name."""

    def __init__(self, portal: Portal, inner: asynchronous.Grants) -> None:
        self._portal, self._inner = portal, inner

    def set(self, model: str, subject: str, role: str, kind: str, *, timeout: float | None = None) -> Grant:
        """Gives a role, or another one: viewer, invoker or developer.

        `kind` is user, service_account, key or organization.
        """
        return self._portal.run(self._inner.set, model, subject, role, kind, timeout=timeout)

    def list(self, model: str, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[Grant]:
        """Returns the grants on a model."""
        return SyncPages(self._portal, self._inner.list(model, limit=limit, timeout=timeout))

    def delete(self, model: str, subject: str, *, timeout: float | None = None) -> None:
        """Takes a role away."""
        self._portal.run(self._inner.delete, model, subject, timeout=timeout)

    def held(
        self, *, holder: str | None = None, limit: int | None = None, timeout: float | None = None
    ) -> SyncPages[HeldGrant]:
        """Returns the roles that the caller itself has, or its organization: `holder` is user or organization."""
        return SyncPages(self._portal, self._inner.held(holder=holder, limit=limit, timeout=timeout))

    def give_back(self, model_id: str, *, holder: str | None = None, timeout: float | None = None) -> None:
        """Gives back the caller's own role on a model, or that of its organization. The model is given by its id."""
        self._portal.run(self._inner.give_back, model_id, holder=holder, timeout=timeout)
