"""Made by tools/client_sync.py from maas_client/resources/versions.py: do not edit."""

from typing import Any

from maas_client.answers import Changelog, Diff, Download, Downloads, Version, VersionFiles
from maas_client.portal import Portal, SyncPages
from maas_client.resources import versions as asynchronous


class Versions:
    """Versions. `model` is an id or a name, `ref` any reference, `version` a number."""

    def __init__(self, portal: Portal, inner: asynchronous.Versions) -> None:
        self._portal, self._inner = portal, inner

    def create(
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
        return self._portal.run(
            self._inner.create,
            model,
            version,
            bump=bump,
            parent=parent,
            changelog=changelog,
            metadata=metadata,
            metrics=metrics,
            model_card=model_card,
            model_revision=model_revision,
            timeout=timeout,
        )

    def list(self, model: str, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[Version]:
        """Returns the versions, the highest first."""
        return SyncPages(self._portal, self._inner.list(model, limit=limit, timeout=timeout))

    def get(self, model: str, ref: str, *, timeout: float | None = None) -> Version:
        """Reads the version that `ref` means now. Raises NotFound."""
        return self._portal.run(self._inner.get, model, ref, timeout=timeout)

    def update(
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
        return self._portal.run(
            self._inner.update,
            model,
            version,
            changelog=changelog,
            metadata=metadata,
            metrics=metrics,
            model_card=model_card,
            revision=revision,
            timeout=timeout,
        )

    def publish(
        self,
        model: str,
        version: str,
        *,
        force_reason: str | None = None,
        revision: int | None = None,
        timeout: float | None = None,
    ) -> Version:
        """Publishes a version that is ready; with `force_reason` it may break callers. Raises Incompatible."""
        return self._portal.run(
            self._inner.publish, model, version, force_reason=force_reason, revision=revision, timeout=timeout
        )

    def deprecate(
        self, model: str, version: str, *, revision: int | None = None, timeout: float | None = None
    ) -> Version:
        """Takes a version out of service for new callers. Raises WrongState."""
        return self._portal.run(self._inner.deprecate, model, version, revision=revision, timeout=timeout)

    def delete(self, model: str, version: str, *, revision: int | None = None, timeout: float | None = None) -> None:
        """Deletes a version that was never published. Raises WrongState."""
        self._portal.run(self._inner.delete, model, version, revision=revision, timeout=timeout)

    def files(self, model: str, ref: str, *, timeout: float | None = None) -> VersionFiles:
        """Returns the files of a version. Raises WrongState if they are not checked yet."""
        return self._portal.run(self._inner.files, model, ref, timeout=timeout)

    def download(self, model: str, ref: str, *, path: str | None = None, timeout: float | None = None) -> Download:
        """Returns a signed URL for the main file, or for that at `path`. Raises WrongState if it is not checked yet."""
        return self._portal.run(self._inner.download, model, ref, path=path, timeout=timeout)

    def downloads(self, model: str, ref: str, *, timeout: float | None = None) -> Downloads:
        """Returns signed URLs for all files of a version. Raises WrongState if they are not checked yet."""
        return self._portal.run(self._inner.downloads, model, ref, timeout=timeout)

    def diff(self, model: str, from_: str, to: str, *, timeout: float | None = None) -> Diff:
        """Compares two versions by their references."""
        return self._portal.run(self._inner.diff, model, from_, to, timeout=timeout)

    def changelog(
        self,
        model: str,
        *,
        from_: str | None = None,
        to: str | None = None,
        within: str | None = None,
        timeout: float | None = None,
    ) -> Changelog:
        """Returns what changed from version to version, from `to` down to `from_`, or in the range `within`."""
        return self._portal.run(self._inner.changelog, model, from_=from_, to=to, within=within, timeout=timeout)
