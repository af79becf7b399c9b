"""Made by tools/client_sync.py from maas_client/resources/captures.py: do not edit."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from maas_client.answers import Capture, CaptureFile
from maas_client.portal import Portal, SyncPages
from maas_client.resources import captures as asynchronous


class Captures:
    """Captures of models, for their owners and for admins of their organizations."""

    def __init__(self, portal: Portal, inner: asynchronous.Captures) -> None:
        self._portal, self._inner = portal, inner

    def get(self, model: str, *, timeout: float | None = None) -> Capture:
        """Returns what is stored of a model's predictions. Raises NotFound if nothing is."""
        return self._portal.run(self._inner.get, model, timeout=timeout)

    def set(
        self,
        model: str,
        percent: float,
        *,
        redact: Sequence[str] | None = None,
        keep_days: int | None = None,
        outputs: bool | None = None,
        timeout: float | None = None,
    ) -> Capture:
        """Has a share of the predictions stored, without the inputs and features of `redact`.

        Files are kept for 1, 7 (the default), 30 or 90 days. Raises InvalidInput, NotFound, PermissionDenied.
        """
        return self._portal.run(
            self._inner.set, model, percent, redact=redact, keep_days=keep_days, outputs=outputs, timeout=timeout
        )

    def end(self, model: str, *, timeout: float | None = None) -> None:
        """Stores nothing from now on. Files are removed an hour later."""
        self._portal.run(self._inner.end, model, timeout=timeout)

    def files(self, model: str, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[CaptureFile]:
        """Returns the files, the oldest first, each with a signed URL. Every page is noted in the audit log."""
        return SyncPages(self._portal, self._inner.files(model, limit=limit, timeout=timeout))

    def download(self, model: str, folder: str | PathLike[str], *, timeout: float | None = None) -> tuple[Path, ...]:
        """Fetches all files into a folder, and returns their paths, the oldest first. Files that are there are left.

        A file appears whole or not at all, so a download that was interrupted can be run again. `timeout` is in seconds
        for each request to the API. Raises NotFound, PermissionDenied, CorruptDownload, TransferError, NoSpace,
        FileError, UnexpectedAnswer.
        """
        return self._portal.run(self._inner.download, model, folder, timeout=timeout)
