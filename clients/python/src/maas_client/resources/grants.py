"""Grants: roles on one model."""

from maas_client.answers import Grant, HeldGrant
from maas_client.http.api import Pages
from maas_client.http.calls import Call, path
from maas_client.resources.base import Resource


class Grants(Resource):
    """Roles of users, service accounts, keys and organizations on one model, which is an id or a name."""

    async def set(self, model: str, subject: str, role: str, kind: str, *, timeout: float | None = None) -> Grant:
        """Gives a role, or another one: viewer, invoker or developer.

        `kind` is user, service_account, key or organization.
        """
        where, body = self._model_path(model, "grants", subject), {"role": role, "kind": kind}
        return await self._api.call(Call("PUT", where, body=body, timeout=timeout), Grant)

    def list(self, model: str, *, limit: int | None = None, timeout: float | None = None) -> Pages[Grant]:
        """Returns the grants on a model."""
        return self._pages(Grant, "grants", model=model, params={"limit": limit}, timeout=timeout)

    async def delete(self, model: str, subject: str, *, timeout: float | None = None) -> None:
        """Takes a role away."""
        await self._api.send(Call("DELETE", self._model_path(model, "grants", subject), timeout=timeout))

    def held(
        self, *, holder: str | None = None, limit: int | None = None, timeout: float | None = None
    ) -> Pages[HeldGrant]:
        """Returns the roles that the caller itself has, or its organization: `holder` is user or organization."""
        return self._pages(HeldGrant, "grants", params={"holder": holder, "limit": limit}, timeout=timeout)

    async def give_back(self, model_id: str, *, holder: str | None = None, timeout: float | None = None) -> None:
        """Gives back the caller's own role on a model, or that of its organization. The model is given by its id."""
        await self._api.send(Call("DELETE", path("grants", model_id), {"holder": holder}, timeout=timeout))
