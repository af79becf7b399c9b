"""Routes of service accounts."""

from fastapi import APIRouter, Request, Response

from maas.contracts.pages import PageAnswer
from maas.contracts.service_accounts import CreateServiceAccount, PatchServiceAccount, ServiceAccountAnswer
from maas.services.service_accounts import ServiceAccountService
from maas.web.idempotency import idempotent
from maas.web.paging import Paged, page_answer
from maas.web.presenters.service_accounts import account_terms, new_account_terms, service_account_answer
from maas.web.principal import Admin
from maas.web.strict import StrictRoute

_ACCOUNTS = "/api/v1/service-accounts"
_ACCOUNT = f"{_ACCOUNTS}/{{account_id}}"


class _ServiceAccounts:
    def __init__(self, accounts: ServiceAccountService) -> None:
        self._accounts = accounts

    @idempotent()
    async def create(self, caller: Admin, body: CreateServiceAccount, response: Response) -> ServiceAccountAnswer:
        account = self._accounts.create(caller, new_account_terms(body))
        response.headers["location"] = f"{_ACCOUNTS}/{account.id}"
        return service_account_answer(account)

    async def page(
        self, caller: Admin, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[ServiceAccountAnswer]:
        found = self._accounts.page(caller, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, found, service_account_answer)

    async def get(self, caller: Admin, account_id: str) -> ServiceAccountAnswer:
        return service_account_answer(self._accounts.get(caller, account_id))

    async def patch(self, caller: Admin, account_id: str, body: PatchServiceAccount) -> ServiceAccountAnswer:
        return service_account_answer(self._accounts.change(caller, account_id, account_terms(body)))

    async def delete(self, caller: Admin, account_id: str) -> None:
        self._accounts.remove(caller, account_id)


def service_accounts_routes(accounts: ServiceAccountService) -> APIRouter:
    routes = _ServiceAccounts(accounts)
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route(_ACCOUNTS, routes.create, methods=["POST"], status_code=201)
    router.add_api_route(_ACCOUNTS, routes.page, methods=["GET"])
    router.add_api_route(_ACCOUNT, routes.get, methods=["GET"])
    router.add_api_route(_ACCOUNT, routes.patch, methods=["PATCH"])
    router.add_api_route(_ACCOUNT, routes.delete, methods=["DELETE"], status_code=204)
    return router
