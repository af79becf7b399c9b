"""The audit log."""

from collections.abc import Callable
from datetime import datetime
from os import PathLike
from pathlib import Path

import httpx2

from maas_client.answers import AuditHead, AuditRecord, AuditSegment
from maas_client.audit_log.downloads import fetch
from maas_client.http.api import Api, Pages
from maas_client.http.calls import Call, path
from maas_client.resources.base import Resource


class Audit(Resource):
    """Changes and their authors, as a chain of records. All operations need the scope audit:read."""

    def __init__(self, api: Api, http: Callable[[], httpx2.AsyncClient]) -> None:
        super().__init__(api)
        self._http = http

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
    ) -> Pages[AuditRecord]:
        """Returns records, the newest first. `start` and `end` are times with an offset from UTC."""
        params = {"actor": actor, "action": action, "object": object_, "from": start, "to": end, "limit": limit}
        return self._pages(AuditRecord, "audit", params=params, timeout=timeout)

    def export(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Pages[AuditSegment]:
        """Returns the files of the log, the oldest first, each with a signed URL."""
        return self._pages(
            AuditSegment, "audit", "export", params={"from": start, "to": end, "limit": limit}, timeout=timeout
        )

    async def download(self, folder: str | PathLike[str], *, timeout: float | None = None) -> tuple[Path, ...]:
        """Fetches the whole log into a folder, one file for each segment, and returns the files in their order.

        Files that are there already with the right SHA-256 are left as they are. `timeout` is in seconds for each
        request. Raises CorruptDownload, ConnectionFailed, NoSpace, FileError. `maas_client.audit_log.files.verify`
        verifies the folder.
        """
        files = []
        async with self._http() as http:
            async for segment in self.export(timeout=timeout):
                file = Path(folder) / f"{segment.first:012}.jsonl"
                await fetch(http, segment.url, segment.sha256, file)
                files.append(file)
        return tuple(files)

    async def head(self, *, timeout: float | None = None) -> AuditHead:
        """Returns the signed head of the log. Keep it outside of MaaS."""
        return await self._api.call(Call("GET", path("audit", "head"), timeout=timeout), AuditHead)
