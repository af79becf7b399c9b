"""Quotas, limits and figures."""

from maas_client.answers import Statistics
from maas_client.answers import Usage as UsageAnswer
from maas_client.http.calls import Call, given, path
from maas_client.resources.base import Resource


class Usage(Resource):
    """The organization's use of its quotas, and the caller's requests that are left."""

    async def get(self, *, timeout: float | None = None) -> UsageAnswer:
        """Returns quotas by name, and what is left of the caller's requests."""
        return await self._api.call(Call("GET", path("usage"), timeout=timeout), UsageAnswer)

    async def stats(self, *, minutes: int | None = None, timeout: float | None = None) -> Statistics:
        """Returns what all predictions of the organization came to in the last minutes (60)."""
        return await self._api.call(Call("GET", path("stats"), given(minutes=minutes), timeout=timeout), Statistics)
