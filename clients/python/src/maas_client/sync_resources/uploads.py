"""Made by tools/client_sync.py from maas_client/resources/uploads.py: do not edit."""

from collections.abc import Mapping, Sequence
from typing import Any

from maas_client.answers import CompletedUpload, PartUrls, ProvenFiles, StartedUpload, Upload
from maas_client.portal import Portal
from maas_client.resources import uploads as asynchronous


class Uploads:
    """Uploads of files of versions. The bytes go straight to the object store, by signed URLs."""

    def __init__(self, portal: Portal, inner: asynchronous.Uploads) -> None:
        self._portal, self._inner = portal, inner

    def start(
        self,
        model: str,
        version: str,
        filename: str,
        size: int,
        *,
        sha256: str | None = None,
        part_size: int | None = None,
        replace: bool = False,
        unless_known: bool = False,
        timeout: float | None = None,
    ) -> StartedUpload:
        """Starts an upload. With `replace` another upload, or a file that is not published, gives way.

        With `unless_known` and without `sha256`, a file that the organization may have raises InvalidInput (sha256).
        """
        return self._portal.run(
            self._inner.start,
            model,
            version,
            filename,
            size,
            sha256=sha256,
            part_size=part_size,
            replace=replace,
            unless_known=unless_known,
            timeout=timeout,
        )

    def start_set(
        self,
        model: str,
        version: str,
        files: Sequence[Mapping[str, Any]],
        *,
        replace: bool = False,
        timeout: float | None = None,
    ) -> StartedUpload:
        """Starts an upload of files, each with `path`, `size`, `sha256` and, for one of them, `main`."""
        return self._portal.run(self._inner.start_set, model, version, files, replace=replace, timeout=timeout)

    def get(self, upload_id: str, *, timeout: float | None = None) -> Upload:
        """Returns the state of an upload and the parts that have arrived. Raises NotFound."""
        return self._portal.run(self._inner.get, upload_id, timeout=timeout)

    def sign(self, upload_id: str, parts: Sequence[int | tuple[str, int]], *, timeout: float | None = None) -> PartUrls:
        """Returns URLs for at most 1,000 parts: numbers, or path and number in a set. Raises WrongState."""
        return self._portal.run(self._inner.sign, upload_id, parts, timeout=timeout)

    def prove(self, upload_id: str, proofs: Mapping[str, str], *, timeout: float | None = None) -> ProvenFiles:
        """Proves, by path, that this client has files that the organization has already. Raises InvalidInput."""
        return self._portal.run(self._inner.prove, upload_id, proofs, timeout=timeout)

    def complete(self, upload_id: str, *, sha256: str | None = None, timeout: float | None = None) -> CompletedUpload:
        """Puts the file together and has it checked. `sha256` is needed unless the start had it."""
        return self._portal.run(self._inner.complete, upload_id, sha256=sha256, timeout=timeout)

    def abort(self, upload_id: str, *, timeout: float | None = None) -> None:
        """Ends an upload. Raises WrongState if it is completed."""
        self._portal.run(self._inner.abort, upload_id, timeout=timeout)
