"""API keys."""

from collections.abc import Sequence
from datetime import datetime

from maas_client.answers import ApiKey, NewApiKey
from maas_client.http.api import Pages
from maas_client.http.calls import Call, given, listed, path
from maas_client.resources.base import Resource


class ApiKeys(Resource):
    """Credentials for programs. `models` maps ids of models to ranges of versions."""

    async def create(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        service_account_id: str | None = None,
        models: dict[str, str] | None = None,
        networks: Sequence[str] | None = None,
        expires_at: datetime | None = None,
        timeout: float | None = None,
    ) -> NewApiKey:
        """Makes a key. This answer alone has its text."""
        body = given(
            name=name,
            scopes=[*scopes],
            service_account_id=service_account_id,
            models=models,
            networks=listed(networks),
            expires_at=expires_at and expires_at.isoformat(),
        )
        return await self._api.call(Call("POST", path("api-keys"), body=body, keyed=True, timeout=timeout), NewApiKey)

    def list(self, *, limit: int | None = None, timeout: float | None = None) -> Pages[ApiKey]:
        """Returns the keys that the caller manages, the newest first."""
        return self._pages(ApiKey, "api-keys", params={"limit": limit}, timeout=timeout)

    async def get(self, key_id: str, *, timeout: float | None = None) -> ApiKey:
        """Reads a key. Raises NotFound."""
        return await self._api.call(Call("GET", path("api-keys", key_id), timeout=timeout), ApiKey)

    async def update(
        self,
        key_id: str,
        *,
        name: str | None = None,
        scopes: Sequence[str] | None = None,
        models: dict[str, str] | None = None,
        networks: Sequence[str] | None = None,
        expires_at: datetime | None = None,
        timeout: float | None = None,
    ) -> ApiKey:
        """Changes the fields that are given."""
        body = given(
            name=name,
            scopes=listed(scopes),
            models=models,
            networks=listed(networks),
            expires_at=expires_at and expires_at.isoformat(),
        )
        return await self._api.call(Call("PATCH", path("api-keys", key_id), body=body, timeout=timeout), ApiKey)

    async def rotate(self, key_id: str, *, grace_seconds: int | None = None, timeout: float | None = None) -> NewApiKey:
        """Gives a key a new secret. The one before is accepted for `grace_seconds` more, by default a day."""
        body = given(grace_seconds=grace_seconds)
        return await self._api.call(
            Call("POST", path("api-keys", key_id, "rotate"), body=body, keyed=True, timeout=timeout), NewApiKey
        )

    async def delete(self, key_id: str, *, timeout: float | None = None) -> None:
        """Revokes a key."""
        await self._api.send(Call("DELETE", path("api-keys", key_id), timeout=timeout))
