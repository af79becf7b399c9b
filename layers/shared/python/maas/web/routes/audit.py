"""Routes of the audit log, for those who may read it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from maas.contracts.audit import AuditHeadAnswer, AuditRecordAnswer, AuditSegmentAnswer
from maas.contracts.pages import PageAnswer
from maas.domain.audit.filters import AuditFilter, Period
from maas.domain.webhooks.event_types import EVENT_TYPES
from maas.services.audit_reading import AuditReader
from maas.web.paging import Paged, page_answer
from maas.web.presenters.audit import head_answer, record_answer, segment_answer
from maas.web.principal import LogReader
from maas.web.strict import StrictRoute


async def _period(
    start: Annotated[str, Query(alias="from")] = "", end: Annotated[str, Query(alias="to")] = ""
) -> Period:
    return Period.parse(start, end)


Within = Annotated[Period, Depends(_period)]


class _Audit:
    def __init__(self, audit: AuditReader) -> None:
        self._audit = audit

    async def page(
        self,
        caller: LogReader,
        paging: Paged,
        period: Within,
        request: Request,
        response: Response,
        actor: str = "",
        action: str = "",
        path: Annotated[str, Query(alias="object")] = "",
    ) -> PageAnswer[AuditRecordAnswer]:
        narrowed = AuditFilter.parse(actor, action, path, period, actions=EVENT_TYPES)
        page = self._audit.page(caller, narrowed, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, page, record_answer)

    async def export(
        self, caller: LogReader, paging: Paged, period: Within, request: Request, response: Response
    ) -> PageAnswer[AuditSegmentAnswer]:
        page = self._audit.segments(caller, period, limit=paging.limit, cursor=paging.cursor)
        response.headers["cache-control"] = "no-store"  # the URLs open the log to whoever has them
        return page_answer(request, response, page, segment_answer)

    async def head(self, caller: LogReader) -> AuditHeadAnswer:
        return head_answer(*self._audit.head(caller))


def audit_routes(audit: AuditReader) -> APIRouter:
    routes = _Audit(audit)
    router = APIRouter(prefix="/api/v1/audit", route_class=StrictRoute)
    router.add_api_route("", routes.page, methods=["GET"])
    router.add_api_route("/export", routes.export, methods=["GET"])
    router.add_api_route("/head", routes.head, methods=["GET"])
    return router
