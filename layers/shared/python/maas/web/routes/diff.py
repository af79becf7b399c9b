"""The route that compares two versions."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from maas.contracts.diff import DiffAnswer
from maas.services.diff import DiffService
from maas.web.model_paths import ModelRef
from maas.web.negotiation import NegotiatedRoute, answered
from maas.web.presenters.diff import diff_answer
from maas.web.presenters.diff_markdown import document
from maas.web.principal import Reader


class _Diff:
    def __init__(self, service: DiffService) -> None:
        self._service = service

    async def get(
        self, caller: Reader, model_id: ModelRef, request: Request, old: Annotated[str, Query(alias="from")], to: str
    ) -> Response:
        found = await self._service.diff(caller, model_id, old, to)
        return answered(request, diff_answer(found), document)


def diff_routes(service: DiffService) -> APIRouter:
    routes = _Diff(service)
    router = APIRouter(prefix="/api/v1/models/{model_id}", route_class=NegotiatedRoute)
    router.add_api_route("/diff", routes.get, methods=["GET"], response_model=DiffAnswer)
    return router
