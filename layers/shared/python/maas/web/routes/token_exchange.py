"""The route at which programs exchange an ID token for an access token (RFC 8693)."""

from fastapi import APIRouter, Request, Response

from maas.contracts.trusted_issuers import ExchangedToken
from maas.domain.errors import MaasError
from maas.services.token_exchange import TokenExchangeService
from maas.web.client import RequestClient
from maas.web.forms import form
from maas.web.presenters.token_exchange import NO_STORE, exchanged_token, oauth_error, wanted_exchange
from maas.web.strict import FormRoute

TOKEN = "/api/v1/auth/token"  # noqa: S105 - a path


class _TokenExchange:
    def __init__(self, exchanges: TokenExchangeService) -> None:
        self._exchanges = exchanges

    async def token(self, request: Request, response: Response, client: RequestClient) -> ExchangedToken | Response:
        try:
            wanted = wanted_exchange(form(await request.body()))
            exchanged = self._exchanges.exchange(wanted, client.address)
        except MaasError as error:
            return oauth_error(error)
        response.headers.update(NO_STORE)
        return exchanged_token(exchanged)


def token_exchange_routes(exchanges: TokenExchangeService) -> APIRouter:
    routes = _TokenExchange(exchanges)
    router = APIRouter(route_class=FormRoute)
    router.add_api_route(TOKEN, routes.token, methods=["POST"], response_model=ExchangedToken)
    return router
