"""Made by tools/client_sync.py from maas_client/resources/audit.py: do not edit."""

from datetime import datetime
from os import PathLike
from pathlib import Path

from maas_client.answers import AuditHead, AuditRecord, AuditSegment
from maas_client.portal import Portal, SyncPages
from maas_client.resources import audit as asynchronous


class Audit:
    """Changes and their authors, as a chain of records. All operations need the scope audit:read."""

    def __init__(self, portal: Portal, inner: asynchronous.Audit) -> None:
        self._portal, self._inner = portal, inner

    def list(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        object_: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> SyncPages[AuditRecord]:
        """Returns records, the newest first. `start` and `end` are times with an offset from UTC."""
        return SyncPages(
            self._portal,
            self._inner.list(
                actor=actor, action=action, object_=object_, start=start, end=end, limit=limit, timeout=timeout
            ),
        )

    def export(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> SyncPages[AuditSegment]:
        """Returns the files of the log, the oldest first, each with a signed URL."""
        return SyncPages(self._portal, self._inner.export(start=start, end=end, limit=limit, timeout=timeout))

    def download(self, folder: str | PathLike[str], *, timeout: float | None = None) -> tuple[Path, ...]:
        """Fetches the whole log into a folder, one file for each segment, and returns the files in their order.

        Files that are there already with the right SHA-256 are left as they are. `timeout` is in seconds for each
        request. Raises CorruptDownload, ConnectionFailed, NoSpace, FileError. `maas_client.audit_log.files.verify`
        verifies the folder.
        """
        return self._portal.run(self._inner.download, folder, timeout=timeout)

    def head(self, *, timeout: float | None = None) -> AuditHead:
        """Returns the signed head of the log. Keep it outside of MaaS."""
        return self._portal.run(self._inner.head, timeout=timeout)
