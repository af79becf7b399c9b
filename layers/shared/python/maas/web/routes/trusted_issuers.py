"""Routes of trusted issuers."""

from fastapi import APIRouter, Request, Response

from maas.contracts.pages import PageAnswer
from maas.contracts.trusted_issuers import CreateTrustedIssuer, PatchTrustedIssuer, TrustedIssuerAnswer
from maas.services.trusted_issuers import TrustedIssuerService
from maas.web.idempotency import idempotent
from maas.web.paging import Paged, page_answer
from maas.web.presenters.trusted_issuers import issuer_terms, trusted_issuer_answer
from maas.web.principal import Admin
from maas.web.strict import StrictRoute

_ISSUERS = "/api/v1/trusted-issuers"
_ISSUER = f"{_ISSUERS}/{{issuer_id}}"


class _TrustedIssuers:
    def __init__(self, issuers: TrustedIssuerService) -> None:
        self._issuers = issuers

    @idempotent()
    async def create(self, caller: Admin, body: CreateTrustedIssuer, response: Response) -> TrustedIssuerAnswer:
        trusted = self._issuers.create(caller, issuer_terms(body), body.service_account_id)
        response.headers["location"] = f"{_ISSUERS}/{trusted.id}"
        return trusted_issuer_answer(trusted)

    async def page(
        self, caller: Admin, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[TrustedIssuerAnswer]:
        found = self._issuers.page(caller, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, found, trusted_issuer_answer)

    async def get(self, caller: Admin, issuer_id: str) -> TrustedIssuerAnswer:
        return trusted_issuer_answer(self._issuers.get(caller, issuer_id))

    async def patch(self, caller: Admin, issuer_id: str, body: PatchTrustedIssuer) -> TrustedIssuerAnswer:
        changed = self._issuers.change(caller, issuer_id, issuer_terms(body), body.service_account_id)
        return trusted_issuer_answer(changed)

    async def delete(self, caller: Admin, issuer_id: str) -> None:
        self._issuers.remove(caller, issuer_id)


def trusted_issuers_routes(issuers: TrustedIssuerService) -> APIRouter:
    routes = _TrustedIssuers(issuers)
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route(_ISSUERS, routes.create, methods=["POST"], status_code=201)
    router.add_api_route(_ISSUERS, routes.page, methods=["GET"])
    router.add_api_route(_ISSUER, routes.get, methods=["GET"])
    router.add_api_route(_ISSUER, routes.patch, methods=["PATCH"])
    router.add_api_route(_ISSUER, routes.delete, methods=["DELETE"], status_code=204)
    return router
