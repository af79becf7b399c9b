"""The route that loads a version before its first prediction."""

from fastapi import APIRouter, Request, Response

from maas.contracts.predictions import WarmAnswer
from maas.domain.inference.protocol import TIMEOUT_MAX
from maas.platform.request_context import call_seconds
from maas.platform.timings import begun
from maas.services.warming import WarmingService
from maas.web.model_paths import ModelRef
from maas.web.presenters.warming import warm_answer
from maas.web.principal import Invoker, principal
from maas.web.request_timeout import RequestTimeout
from maas.web.strict import Handle, StrictRoute


class _WarmingRoute(StrictRoute):
    def get_route_handler(self) -> Handle:
        """The handler, which measures also requests that it refuses."""
        handle = super().get_route_handler()

        async def measured(request: Request) -> Response:
            begun((await principal()).tenant_id).is_prediction = False
            return await handle(request)

        return measured


class _Warming:
    def __init__(self, warming: WarmingService) -> None:
        self._warming = warming

    async def warm(
        self, caller: Invoker, model_id: ModelRef, ref: str, x_request_timeout: RequestTimeout = None
    ) -> WarmAnswer:
        seconds = call_seconds(x_request_timeout or TIMEOUT_MAX)
        return warm_answer(await self._warming.warm(caller, model_id, ref, seconds))


def warming_routes(warming: WarmingService) -> APIRouter:
    router = APIRouter(prefix="/api/v1", route_class=_WarmingRoute)
    path = "/models/{model_id}/versions/{ref}/warm"
    router.add_api_route(path, _Warming(warming).warm, methods=["POST"])
    return router
