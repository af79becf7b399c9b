"""Routes of what is measured of a version's predictions."""

from fastapi import APIRouter

from maas.contracts.monitoring import MonitoringAnswer
from maas.services.monitoring import MonitoringService
from maas.web.model_paths import ModelRef
from maas.web.presenters.monitoring import monitoring_answer
from maas.web.principal import Reader
from maas.web.strict import StrictRoute


class _Monitoring:
    def __init__(self, monitoring: MonitoringService) -> None:
        self._monitoring = monitoring

    async def measured(self, caller: Reader, model_id: ModelRef, ref: str, window: str = "1h") -> MonitoringAnswer:
        return monitoring_answer(await self._monitoring.measured(caller, model_id, ref, window))


def monitoring_routes(monitoring: MonitoringService) -> APIRouter:
    routes = _Monitoring(monitoring)
    router = APIRouter(prefix="/api/v1/models/{model_id}/versions/{ref}", route_class=StrictRoute)
    router.add_api_route("/monitoring", routes.measured, methods=["GET"])
    return router
