"""The route that loads a version before its first prediction."""

from fastapi import APIRouter

from maas.contracts.inference import TIMEOUT_MAX, WarmAnswer
from maas.platform.request_context import remaining_seconds
from maas.platform.timings import begun
from maas.services.warming import WarmingService
from maas.web.model_paths import ModelRef
from maas.web.principal import Invoker
from maas.web.strict import StrictRoute


class _Warming:
    def __init__(self, warming: WarmingService) -> None:
        self._warming = warming

    async def warm(self, caller: Invoker, model_id: ModelRef, ref: str) -> WarmAnswer:
        begun(caller.tenant_id).is_prediction = False
        found = await self._warming.warm(caller, model_id, ref, remaining_seconds(TIMEOUT_MAX))
        return WarmAnswer(
            model_id=found.version.model_id,
            version=found.version.version,
            samples=found.samples,
            refused_samples={str(place): reason for place, reason in found.refused.items()},
            duration_ms=round(found.seconds * 1000, 3),
        )


def warming_routes(warming: WarmingService) -> APIRouter:
    router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
    path = "/models/{model_id}/versions/{ref}/warm"
    router.add_api_route(path, _Warming(warming).warm, methods=["POST"])
    return router
