"""The route of a model's changelog."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from maas.contracts.changelog import ChangelogAnswer
from maas.services.changelog import ChangelogService
from maas.web.model_paths import ModelRef
from maas.web.negotiation import NegotiatedRoute, answered
from maas.web.presenters.changelog import changelog_answer
from maas.web.presenters.changelog_markdown import document
from maas.web.principal import Reader


class _Changelog:
    def __init__(self, service: ChangelogService) -> None:
        self._service = service

    async def get(
        self,
        caller: Reader,
        model_id: ModelRef,
        request: Request,
        after: Annotated[str, Query(alias="from")] = "",
        to: str = "",
        within: Annotated[str, Query(alias="range")] = "",
    ) -> Response:
        found = await self._service.changelog(caller, model_id, after=after, to=to, within=within)
        answer = changelog_answer(found.model, found.versions, found.next_to)
        return answered(request, answer, document)


def changelog_routes(service: ChangelogService) -> APIRouter:
    routes = _Changelog(service)
    router = APIRouter(prefix="/api/v1/models/{model_id}", route_class=NegotiatedRoute)
    router.add_api_route("/changelog", routes.get, methods=["GET"], response_model=ChangelogAnswer)
    return router
