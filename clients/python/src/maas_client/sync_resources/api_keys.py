"""Made by tools/client_sync.py from maas_client/resources/api_keys.py: do not edit."""

from collections.abc import Sequence
from datetime import datetime

from maas_client.answers import ApiKey, NewApiKey
from maas_client.portal import Portal, SyncPages
from maas_client.resources import api_keys as asynchronous


class ApiKeys:
    """Credentials for programs. `models` maps ids of models to ranges of versions."""

    def __init__(self, portal: Portal, inner: asynchronous.ApiKeys) -> None:
        self._portal, self._inner = portal, inner

    def create(
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
        return self._portal.run(
            self._inner.create,
            name,
            scopes,
            service_account_id=service_account_id,
            models=models,
            networks=networks,
            expires_at=expires_at,
            timeout=timeout,
        )

    def list(self, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[ApiKey]:
        """Returns the keys that the caller manages, the newest first."""
        return SyncPages(self._portal, self._inner.list(limit=limit, timeout=timeout))

    def get(self, key_id: str, *, timeout: float | None = None) -> ApiKey:
        """Reads a key. Raises NotFound."""
        return self._portal.run(self._inner.get, key_id, timeout=timeout)

    def update(
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
        return self._portal.run(
            self._inner.update,
            key_id,
            name=name,
            scopes=scopes,
            models=models,
            networks=networks,
            expires_at=expires_at,
            timeout=timeout,
        )

    def rotate(self, key_id: str, *, grace_seconds: int | None = None, timeout: float | None = None) -> NewApiKey:
        """Gives a key a new secret. The one before is accepted for `grace_seconds` more, by default a day."""
        return self._portal.run(self._inner.rotate, key_id, grace_seconds=grace_seconds, timeout=timeout)

    def delete(self, key_id: str, *, timeout: float | None = None) -> None:
        """Revokes a key."""
        self._portal.run(self._inner.delete, key_id, timeout=timeout)
