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

        async def ready() -> Call:
            return Call("GET", path("audit"), params, timeout=timeout)

        return Pages(self._api, AuditRecord, ready)

    def export(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Pages[AuditSegment]:
        """Returns the files of the log, the oldest first, each with a signed URL."""

        async def ready() -> Call:
            return Call("GET", path("audit", "export"), {"from": start, "to": end, "limit": limit}, timeout=timeout)

        return Pages(self._api, AuditSegment, ready)

    async def head(self, *, timeout: float | None = None) -> AuditHead:
        """Returns the signed head of the log. Keep it outside of MaaS."""
        return await self._api.call(Call("GET", path("audit", "head"), timeout=timeout), AuditHead)
