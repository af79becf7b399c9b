"""The route that reports which parts behind the API answer."""

from fastapi import APIRouter, Response

from maas.contracts.readiness import ReadinessAnswer
from maas.services.readiness import ReadinessService
from maas.web.presenters.readiness import readiness_answer
from maas.web.problems import problem
from maas.web.strict import StrictRoute

# Needs no principal: monitors have none.
PUBLIC = frozenset({"/readyz"})


class _Readiness:
    def __init__(self, service: ReadinessService) -> None:
        self._service = service

    async def get(self) -> Response:
        """Answers 503 as a problem with the parts in it (RFC 9457, 3.2), so that a monitor needs the status alone."""
        answer = readiness_answer(await self._service.report())
        if answer.ready:
            return Response(answer.model_dump_json(), media_type="application/json", headers=_NEVER_STORED)
        failing = ", ".join(part.name for part in answer.parts if part.state in ("down", "unknown"))
        detail = f"these parts do not answer: {failing}"
        return problem(503, "unavailable", detail, headers=_NEVER_STORED, extra=answer.model_dump())


_NEVER_STORED = {"cache-control": "no-store"}


def readiness_routes(service: ReadinessService) -> APIRouter:
    routes = _Readiness(service)
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route("/readyz", routes.get, methods=["GET"], response_model=ReadinessAnswer)
    return router
