"""Routes of aliases. The registry is their service, so they call its port (docs/decisions/0022)."""

from fastapi import APIRouter, Request, Response

from maas.contracts.aliases import (
    AliasAnswer,
    AliasesAnswer,
    AliasMoveAnswer,
    LiveAtAnswer,
    Rollback,
    SetAlias,
)
from maas.contracts.pages import PageAnswer
from maas.domain import value_rules
from maas.domain.catalog.aliases import Alias
from maas.domain.errors import InvalidInput, Rule
from maas.services.ports.aliases import AliasRegistry
from maas.web.alias_conditions import Expected
from maas.web.conditions import etag
from maas.web.idempotency import idempotent
from maas.web.model_paths import ModelRef
from maas.web.paging import Paged, page_answer
from maas.web.presenters.aliases import alias_answer, alias_move_answer, alias_target, live_at_answer
from maas.web.principal import Reader, Writer
from maas.web.strict import StrictRoute


class _Aliases:
    def __init__(self, registry: AliasRegistry) -> None:
        self._registry = registry

    async def all(self, caller: Reader, model_id: ModelRef) -> AliasesAnswer:
        found = await self._registry.list_aliases(caller, model_id)
        return AliasesAnswer(items=[alias_answer(alias) for alias in found])

    async def get(self, caller: Reader, model_id: ModelRef, alias: str, response: Response) -> AliasAnswer:
        return _answer(await self._registry.get_alias(caller, model_id, alias), response)

    async def put(
        self, caller: Writer, model_id: ModelRef, alias: str, body: SetAlias, expected: Expected, response: Response
    ) -> AliasAnswer:
        found, created = await self._registry.set_alias(caller, model_id, alias_target(body, alias, expected))
        response.status_code = 201 if created else 200
        return _answer(found, response)

    async def delete(
        self, caller: Writer, model_id: ModelRef, alias: str, expected: Expected, reason: str = ""
    ) -> None:
        await self._registry.delete_alias(caller, model_id, alias, reason, expected)

    @idempotent()
    async def roll_back(
        self, caller: Writer, model_id: ModelRef, expected: Expected, response: Response, body: Rollback | None = None
    ) -> AliasAnswer:
        wanted = body or Rollback()
        alias = await self._registry.rollback_alias(caller, model_id, wanted.alias, wanted.reason, expected)
        return _answer(alias, response)

    async def history(
        self,
        caller: Reader,
        model_id: ModelRef,
        alias: str,
        paging: Paged,
        request: Request,
        response: Response,
        at: str | None = None,
    ) -> PageAnswer[AliasMoveAnswer] | LiveAtAnswer:
        if at is not None:
            return await self._live_at(caller, model_id, alias, at, request)
        page = await self._registry.list_alias_moves(caller, model_id, alias, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, page, alias_move_answer)

    async def _live_at(self, caller: Reader, model_id: ModelRef, alias: str, at: str, request: Request) -> LiveAtAnswer:
        for paging in ("limit", "cursor"):
            if paging in request.query_params:
                raise InvalidInput.of(
                    paging, Rule.EXCLUSIVE, "must not be given together with at, which answers one move"
                )
        moment = value_rules.moment(at, "at")
        return live_at_answer(alias, moment, await self._registry.alias_at(caller, model_id, alias, moment))


def _answer(alias: Alias, response: Response) -> AliasAnswer:
    response.headers["etag"] = etag(alias.revision)
    return alias_answer(alias)


def aliases_routes(registry: AliasRegistry) -> APIRouter:
    routes = _Aliases(registry)
    router = APIRouter(prefix="/api/v1/models/{model_id}", route_class=StrictRoute)
    router.add_api_route("/aliases", routes.all, methods=["GET"])
    router.add_api_route("/aliases/{alias}", routes.get, methods=["GET"])
    router.add_api_route("/aliases/{alias}", routes.put, methods=["PUT"])
    router.add_api_route("/aliases/{alias}", routes.delete, methods=["DELETE"], status_code=204)
    router.add_api_route("/aliases/{alias}/history", routes.history, methods=["GET"])
    router.add_api_route("/rollback", routes.roll_back, methods=["POST"])
    return router
