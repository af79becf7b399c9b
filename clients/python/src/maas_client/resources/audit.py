"""The audit log."""

from datetime import datetime

from maas_client.answers import AuditHead, AuditRecord, AuditSegment
from maas_client.http.api import Pages
from maas_client.http.calls import Call, path
from maas_client.resources.base import Resource


class Audit(Resource):
    """Changes and their authors, as a chain of records. All operations need the scope audit:read."""

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

    async def head(self, *, timeout: float | None = None) -> AuditHead:
        """Returns the signed head of the log. Keep it outside of MaaS."""
        return await self._api.call(Call("GET", path("audit", "head"), timeout=timeout), AuditHead)
