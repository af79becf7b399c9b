"""Service accounts."""

from collections.abc import Sequence

from maas_client.answers import ServiceAccount
from maas_client.http.api import Pages
from maas_client.http.calls import Call, given, listed, path
from maas_client.resources.base import Resource


class ServiceAccounts(Resource):
    """Members for programs, whose keys outlive the people who make them."""

    async def create(self, name: str, roles: Sequence[str], *, timeout: float | None = None) -> ServiceAccount:
        """Makes a service account."""
        body = {"name": name, "roles": [*roles]}
        return await self._api.call(
            Call("POST", path("service-accounts"), body=body, keyed=True, timeout=timeout), ServiceAccount
        )

    def list(self, *, limit: int | None = None, timeout: float | None = None) -> Pages[ServiceAccount]:
        """Returns the service accounts, the oldest first."""
        return self._pages(ServiceAccount, "service-accounts", params={"limit": limit}, timeout=timeout)

    async def get(self, account_id: str, *, timeout: float | None = None) -> ServiceAccount:
        """Reads a service account. Raises NotFound."""
        return await self._api.call(Call("GET", path("service-accounts", account_id), timeout=timeout), ServiceAccount)

    async def update(
        self,
        account_id: str,
        *,
        name: str | None = None,
        roles: Sequence[str] | None = None,
        disabled: bool | None = None,
        timeout: float | None = None,
    ) -> ServiceAccount:
        """Changes the fields that are given."""
        body = given(name=name, roles=listed(roles), disabled=disabled)
        return await self._api.call(
            Call("PATCH", path("service-accounts", account_id), body=body, timeout=timeout), ServiceAccount
        )

    async def delete(self, account_id: str, *, timeout: float | None = None) -> None:
        """Deletes a service account and its keys."""
        await self._api.send(Call("DELETE", path("service-accounts", account_id), timeout=timeout))
