"""Versions of a model, their differences and their changelog."""

from typing import Any

from maas_client.answers import Changelog, Diff, Download, Downloads, Version, VersionFiles
from maas_client.http.api import Pages
from maas_client.http.calls import Call, given, if_match
from maas_client.resources.base import Resource


class Versions(Resource):
    """Versions. `model` is an id or a name, `ref` any reference, `version` a number."""

    async def create(
        self,
        model: str,
        version: str | None = None,
        *,
        bump: str | None = None,
        parent: str | None = None,
        changelog: str | None = None,
        metadata: dict[str, Any] | None = None,
        metrics: dict[str, float] | None = None,
        model_card: str | None = None,
        model_revision: int | None = None,
        timeout: float | None = None,
    ) -> Version:
        """Creates a draft of `version`, or of the next number by `bump`: major, minor, patch or prerelease."""
        body = given(
            version=version,
            bump=bump,
            parent=parent,
            changelog=changelog,
            metadata=metadata,
            metrics=metrics,
            model_card=model_card,
        )
        where, headers = self._model_path(model, "versions"), if_match(model_revision)
        return await self._api.call(
            Call("POST", where, body=body, headers=headers, keyed=True, timeout=timeout), Version
        )

    def list(self, model: str, *, limit: int | None = None, timeout: float | None = None) -> Pages[Version]:
        """Returns the versions, the highest first."""
        return self._pages(Version, "versions", model=model, params={"limit": limit}, timeout=timeout)

    async def get(self, model: str, ref: str, *, timeout: float | None = None) -> Version:
        """Reads the version that `ref` means now. Raises NotFound."""
        return await self._api.call(Call("GET", self._model_path(model, "versions", ref), timeout=timeout), Version)

    async def update(
        self,
        model: str,
        version: str,
        *,
        changelog: str | None = None,
        metadata: dict[str, Any] | None = None,
        metrics: dict[str, float] | None = None,
        model_card: str | None = None,
        revision: int | None = None,
        timeout: float | None = None,
    ) -> Version:
        """Changes the fields that are given."""
        body = given(changelog=changelog, metadata=metadata, metrics=metrics, model_card=model_card)
        where, headers = self._model_path(model, "versions", version), if_match(revision)
        return await self._api.call(Call("PATCH", where, body=body, headers=headers, timeout=timeout), Version)

    async def publish(
        self,
        model: str,
        version: str,
        *,
        force_reason: str | None = None,
        revision: int | None = None,
        timeout: float | None = None,
    ) -> Version:
        """Publishes a version that is ready; with `force_reason` it may break callers. Raises Incompatible."""
        body = None if force_reason is None else {"force": True, "reason": force_reason}
        where, headers = self._model_path(model, "versions", version, "publish"), if_match(revision)
        return await self._api.call(
            Call("POST", where, body=body, headers=headers, keyed=True, timeout=timeout), Version
        )

    async def deprecate(
        self, model: str, version: str, *, revision: int | None = None, timeout: float | None = None
    ) -> Version:
        """Takes a version out of service for new callers. Raises WrongState."""
        where = self._model_path(model, "versions", version, "deprecate")
        return await self._api.call(
            Call("POST", where, headers=if_match(revision), repeatable=True, timeout=timeout), Version
        )

    async def delete(
        self, model: str, version: str, *, revision: int | None = None, timeout: float | None = None
    ) -> None:
        """Deletes a version that was never published. Raises WrongState."""
        where = self._model_path(model, "versions", version)
        await self._api.send(Call("DELETE", where, headers=if_match(revision), timeout=timeout))

    async def files(self, model: str, ref: str, *, timeout: float | None = None) -> VersionFiles:
        """Returns the files of a version. Raises WrongState if they are not checked yet."""
        where = self._model_path(model, "versions", ref, "files")
        return await self._api.call(Call("GET", where, timeout=timeout), VersionFiles)

    async def download(
        self, model: str, ref: str, *, path: str | None = None, timeout: float | None = None
    ) -> Download:
        """Returns a signed URL for the main file, or for that at `path`. Raises WrongState if it is not checked yet."""
        where = self._model_path(model, "versions", ref, "download")
        return await self._api.call(Call("GET", where, {"path": path}, timeout=timeout), Download)

    async def downloads(self, model: str, ref: str, *, timeout: float | None = None) -> Downloads:
        """Returns signed URLs for all files of a version. Raises WrongState if they are not checked yet."""
        where = self._model_path(model, "versions", ref, "downloads")
        return await self._api.call(Call("GET", where, timeout=timeout), Downloads)

    async def diff(self, model: str, from_: str, to: str, *, timeout: float | None = None) -> Diff:
        """Compares two versions by their references."""
        where = self._model_path(model, "diff")
        return await self._api.call(Call("GET", where, {"from": from_, "to": to}, timeout=timeout), Diff)

    async def changelog(
        self,
        model: str,
        *,
        from_: str | None = None,
        to: str | None = None,
        within: str | None = None,
        timeout: float | None = None,
    ) -> Changelog:
        """Returns what changed from version to version, from `to` down to `from_`, or in the range `within`."""
        where = self._model_path(model, "changelog")
        return await self._api.call(
            Call("GET", where, {"from": from_, "to": to, "range": within}, timeout=timeout), Changelog
        )
