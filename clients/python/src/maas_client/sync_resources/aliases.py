"""Made by tools/client_sync.py from maas_client/resources/aliases.py: do not edit."""

import builtins
from datetime import datetime

from maas_client.answers import Alias, AliasMove, LiveAt
from maas_client.portal import Portal, SyncPages
from maas_client.resources import aliases as asynchronous


class Aliases:
    """Names that are moved from version to version. `model` is an id or a name."""

    def __init__(self, portal: Portal, inner: asynchronous.Aliases) -> None:
        self._portal, self._inner = portal, inner

    def set(
        self,
        model: str,
        alias: str,
        version: str,
        *,
        reason: str | None = None,
        revision: int | str | None = None,
        create_only: bool = False,
        timeout: float | None = None,
    ) -> Alias:
        """Creates an alias, or moves it.

        To move one, `revision` is its revision, or `*` for any. Raises RevisionMismatch, PreconditionRequired.
        """
        return self._portal.run(
            self._inner.set,
            model,
            alias,
            version,
            reason=reason,
            revision=revision,
            create_only=create_only,
            timeout=timeout,
        )

    def list(self, model: str, *, timeout: float | None = None) -> builtins.list[Alias]:
        """Returns all aliases of a model, at most 50."""
        return self._portal.run(self._inner.list, model, timeout=timeout)

    def get(self, model: str, alias: str, *, timeout: float | None = None) -> Alias:
        """Reads an alias. Raises NotFound."""
        return self._portal.run(self._inner.get, model, alias, timeout=timeout)

    def rollback(
        self,
        model: str,
        alias: str | None = None,
        *,
        reason: str | None = None,
        revision: int | str | None = None,
        timeout: float | None = None,
    ) -> Alias:
        """Points an alias, by default `production`, at the version before its last move."""
        return self._portal.run(self._inner.rollback, model, alias, reason=reason, revision=revision, timeout=timeout)

    def history(
        self, model: str, alias: str, *, limit: int | None = None, timeout: float | None = None
    ) -> SyncPages[AliasMove]:
        """Returns the moves of an alias, the newest first."""
        return SyncPages(self._portal, self._inner.history(model, alias, limit=limit, timeout=timeout))

    def live_at(self, model: str, alias: str, at: datetime, *, timeout: float | None = None) -> LiveAt:
        """Returns the version that the alias pointed at at a time, which has an offset from UTC."""
        return self._portal.run(self._inner.live_at, model, alias, at, timeout=timeout)

    def delete(
        self,
        model: str,
        alias: str,
        *,
        reason: str | None = None,
        revision: int | str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Deletes an alias. Its history stays."""
        self._portal.run(self._inner.delete, model, alias, reason=reason, revision=revision, timeout=timeout)
