"""Routes of grants on models. The registry is their service, so they call its port (docs/decisions/0022)."""

from fastapi import APIRouter, Request, Response

from maas.contracts.grants import GrantAnswer, SetGrant
from maas.contracts.pages import PageAnswer
from maas.services.ports.grants import GrantRegistry
from maas.web.model_paths import ModelRef
from maas.web.paging import Paged, page_answer
from maas.web.presenters.grants import grant_answer, wanted_grant
from maas.web.principal import Writer
from maas.web.strict import StrictRoute


class _Grants:
    def __init__(self, registry: GrantRegistry) -> None:
        self._registry = registry

    async def all(
        self, caller: Writer, model_id: ModelRef, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[GrantAnswer]:
        page = await self._registry.list_grants(caller, model_id, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, page, grant_answer)

    async def put(
        self, caller: Writer, model_id: ModelRef, subject: str, body: SetGrant, response: Response
    ) -> GrantAnswer:
        grant, created = await self._registry.set_grant(caller, model_id, wanted_grant(body, subject))
        response.status_code = 201 if created else 200
        return grant_answer(grant)

    async def delete(self, caller: Writer, model_id: ModelRef, subject: str) -> None:
        await self._registry.delete_grant(caller, model_id, subject)


def grants_routes(registry: GrantRegistry) -> APIRouter:
    routes = _Grants(registry)
    router = APIRouter(prefix="/api/v1/models/{model_id}/grants", route_class=StrictRoute)
    router.add_api_route("", routes.all, methods=["GET"])
    router.add_api_route("/{subject}", routes.put, methods=["PUT"])
    router.add_api_route("/{subject}", routes.delete, methods=["DELETE"], status_code=204)
    return router
