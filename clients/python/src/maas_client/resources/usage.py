"""Quotas and limits."""

from maas_client.answers import Usage as UsageAnswer
from maas_client.http.calls import Call, path
from maas_client.resources.base import Resource


class Usage(Resource):
    """What the organization uses, and what is left."""

    async def get(self, *, timeout: float | None = None) -> UsageAnswer:
        """Returns quotas by name, and what is left of the caller's requests."""
        return await self._api.call(Call("GET", path("usage"), timeout=timeout), UsageAnswer)
