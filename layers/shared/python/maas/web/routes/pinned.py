"""Routes of the pinned model at the root, as services of one model have them."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from maas.contracts.inference import TIMEOUT_MAX
from maas.contracts.pinned import PinnedAnswer, PinnedBatchAnswer, PinnedHealthAnswer, PinnedRequest
from maas.domain.identity.principals import Principal
from maas.platform.prediction_keys import name_prediction
from maas.platform.request_context import call_seconds, remaining_seconds
from maas.services.pinned import PinnedService
from maas.web.negotiation import JSON
from maas.web.presenters.pinned import pinned_answer
from maas.web.presenters.results import result_headers
from maas.web.principal import Invoker
from maas.web.request_headers import RequestHeaders
from maas.web.routing_keys import routing_keys
from maas.web.strict import StrictRoute
from maas.web.values_route import ValuesRoute

HEALTH, PREDICT = "/health", "/predict"
PUBLIC = frozenset({HEALTH})
# Seconds for which a health check waits until the model is loaded; load balancers commonly wait for 5.
_LOAD = 4.0


class _PinnedRoute(ValuesRoute):
    offered = (JSON,)


class _Pinned:
    def __init__(self, service: PinnedService) -> None:
        self._service = service

    async def health(self) -> PinnedHealthAnswer:
        loaded = await self._service.is_loaded(remaining_seconds(_LOAD))
        return PinnedHealthAnswer(status="healthy", model_loaded=loaded)

    async def predict(self, headers: RequestHeaders, caller: Invoker, body: PinnedRequest) -> Response:  # noqa: ARG002
        name_prediction(headers)
        keys = routing_keys(headers)
        found = await self._service.predict(body.features, call_seconds(TIMEOUT_MAX), keys)
        return Response(pinned_answer(found).model_dump_json(), headers=result_headers(found), media_type=JSON)


def callers(service: PinnedService | None) -> Mapping[str, Principal | None]:
    """The principal of nameless callers by path; None without a pinned model, whose paths are then unknown."""
    return {PREDICT: service.caller} if service else {HEALTH: None, PREDICT: None}


def pinned_routes(service: PinnedService) -> APIRouter:
    routes = _Pinned(service)
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route(HEALTH, routes.health, methods=["GET"], response_model=PinnedHealthAnswer)
    answer: Any = PinnedAnswer | PinnedBatchAnswer
    router.add_api_route(
        PREDICT, routes.predict, methods=["POST"], response_model=answer, route_class_override=_PinnedRoute
    )
    return router
