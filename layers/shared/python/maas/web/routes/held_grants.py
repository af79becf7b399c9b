"""Routes of the grants that a caller or its organization has. The registry is their service (docs/decisions/0022)."""

from fastapi import APIRouter, Request, Response

from maas.contracts.grants import HeldGrantAnswer
from maas.contracts.pages import PageAnswer
from maas.services.ports.grants import HeldGrantRegistry
from maas.web.model_paths import ModelRef
from maas.web.paging import Paged, page_answer
from maas.web.presenters.grants import held_grant_answer
from maas.web.principal import Reader, Writer
from maas.web.strict import StrictRoute


class _HeldGrants:
    def __init__(self, registry: HeldGrantRegistry) -> None:
        self._registry = registry

    async def all(
        self, caller: Reader, paging: Paged, request: Request, response: Response, holder: str = ""
    ) -> PageAnswer[HeldGrantAnswer]:
        page = await self._registry.list_held_grants(caller, holder, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, page, held_grant_answer)

    async def leave(self, caller: Writer, model_id: ModelRef, holder: str = "") -> None:
        await self._registry.leave_grant(caller, model_id, holder)


def held_grants_routes(registry: HeldGrantRegistry) -> APIRouter:
    routes = _HeldGrants(registry)
    router = APIRouter(prefix="/api/v1/grants", route_class=StrictRoute)
    router.add_api_route("", routes.all, methods=["GET"])
    router.add_api_route("/{model_id}", routes.leave, methods=["DELETE"], status_code=204)
    return router
