"""Routes of API keys."""

from fastapi import APIRouter, Request, Response

from maas.contracts.api_keys import ApiKeyAnswer, CreateApiKey, NewApiKeyAnswer, PatchApiKey, RotateApiKey
from maas.contracts.pages import PageAnswer
from maas.services.api_keys import ApiKeyService
from maas.web.idempotency import idempotent
from maas.web.paging import Paged, page_answer
from maas.web.presenters.api_keys import api_key_answer, key_terms, new_api_key_answer
from maas.web.principal import KeyManager
from maas.web.strict import StrictRoute

_KEYS = "/api/v1/api-keys"
_KEY = f"{_KEYS}/{{key_id}}"


class _ApiKeys:
    def __init__(self, keys: ApiKeyService) -> None:
        self._keys = keys

    @idempotent("key")
    async def create(self, caller: KeyManager, body: CreateApiKey, response: Response) -> NewApiKeyAnswer:
        new = self._keys.create(caller, key_terms(body), body.service_account_id)
        response.headers["location"] = f"{_KEYS}/{new.key.id}"
        response.headers["cache-control"] = "no-store"
        return new_api_key_answer(new)

    async def page(
        self, caller: KeyManager, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[ApiKeyAnswer]:
        found = self._keys.page(caller, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, found, api_key_answer)

    async def get(self, caller: KeyManager, key_id: str) -> ApiKeyAnswer:
        return api_key_answer(self._keys.get(caller, key_id))

    async def patch(self, caller: KeyManager, key_id: str, body: PatchApiKey) -> ApiKeyAnswer:
        return api_key_answer(self._keys.change(caller, key_id, key_terms(body)))

    async def delete(self, caller: KeyManager, key_id: str) -> None:
        self._keys.revoke(caller, key_id)

    @idempotent("key")
    async def rotate(
        self, caller: KeyManager, key_id: str, response: Response, body: RotateApiKey | None = None
    ) -> NewApiKeyAnswer:
        response.headers["cache-control"] = "no-store"
        return new_api_key_answer(self._keys.rotate(caller, key_id, (body or RotateApiKey()).grace_seconds))


def api_keys_routes(keys: ApiKeyService) -> APIRouter:
    routes = _ApiKeys(keys)
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route(_KEYS, routes.create, methods=["POST"], status_code=201)
    router.add_api_route(_KEYS, routes.page, methods=["GET"])
    router.add_api_route(_KEY, routes.get, methods=["GET"])
    router.add_api_route(_KEY, routes.patch, methods=["PATCH"])
    router.add_api_route(_KEY, routes.delete, methods=["DELETE"], status_code=204)
    router.add_api_route(f"{_KEY}/rotate", routes.rotate, methods=["POST"])
    return router
