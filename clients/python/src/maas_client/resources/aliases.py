"""Aliases of a model's versions."""

import builtins
from datetime import datetime

from maas_client.answers import Alias, AliasMove, LiveAt
from maas_client.answers import Aliases as AliasList
from maas_client.http.api import Pages
from maas_client.http.calls import Call, given, if_match
from maas_client.resources.base import Resource


class Aliases(Resource):
    """Names that are moved from version to version. `model` is an id or a name."""

    async def set(
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
        headers = {"if-none-match": "*"} if create_only else if_match(revision)
        where, body = self._model_path(model, "aliases", alias), given(version=version, reason=reason)
        return await self._api.call(Call("PUT", where, body=body, headers=headers, timeout=timeout), Alias)

    async def list(self, model: str, *, timeout: float | None = None) -> builtins.list[Alias]:
        """Returns all aliases of a model, at most 50."""
        where = self._model_path(model, "aliases")
        return (await self._api.call(Call("GET", where, timeout=timeout), AliasList)).items

    async def get(self, model: str, alias: str, *, timeout: float | None = None) -> Alias:
        """Reads an alias. Raises NotFound."""
        return await self._api.call(Call("GET", self._model_path(model, "aliases", alias), timeout=timeout), Alias)

    async def rollback(
        self,
        model: str,
        alias: str | None = None,
        *,
        reason: str | None = None,
        revision: int | str | None = None,
        timeout: float | None = None,
    ) -> Alias:
        """Points an alias, by default `production`, at the version before its last move."""
        where, body = self._model_path(model, "rollback"), given(alias=alias, reason=reason)
        return await self._api.call(
            Call("POST", where, body=body, headers=if_match(revision), keyed=True, timeout=timeout), Alias
        )

    def history(
        self, model: str, alias: str, *, limit: int | None = None, timeout: float | None = None
    ) -> Pages[AliasMove]:
        """Returns the moves of an alias, the newest first."""
        return self._pages(
            AliasMove, "aliases", alias, "history", model=model, params={"limit": limit}, timeout=timeout
        )

    async def live_at(self, model: str, alias: str, at: datetime, *, timeout: float | None = None) -> LiveAt:
        """Returns the version that the alias pointed at at a time, which has an offset from UTC."""
        where = self._model_path(model, "aliases", alias, "history")
        return await self._api.call(Call("GET", where, {"at": at}, timeout=timeout), LiveAt)

    async def delete(
        self,
        model: str,
        alias: str,
        *,
        reason: str | None = None,
        revision: int | str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Deletes an alias. Its history stays."""
        where = self._model_path(model, "aliases", alias)
        await self._api.send(Call("DELETE", where, {"reason": reason}, headers=if_match(revision), timeout=timeout))
