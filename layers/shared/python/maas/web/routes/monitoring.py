"""Routes of what is measured of a version's predictions."""

from fastapi import APIRouter

from maas.contracts.monitoring import BaselineAnswer, BaselineBody, DriftAnswer, MonitoringAnswer
from maas.domain.monitoring.baselines import BaselineKind
from maas.services.monitoring import MonitoringService
from maas.web.model_paths import ModelRef
from maas.web.presenters.monitoring import baseline_answer, drift_answer, given_baseline, monitoring_answer
from maas.web.principal import Reader, Writer
from maas.web.strict import StrictRoute

WINDOW = "1h"


class _Monitoring:
    def __init__(self, monitoring: MonitoringService) -> None:
        self._monitoring = monitoring

    async def measured(self, caller: Reader, model_id: ModelRef, ref: str, window: str = WINDOW) -> MonitoringAnswer:
        return monitoring_answer(await self._monitoring.measured(caller, model_id, ref, window))

    async def drift(
        self,
        caller: Reader,
        model_id: ModelRef,
        ref: str,
        window: str = WINDOW,
        baseline: BaselineKind | None = None,
    ) -> DriftAnswer:
        return drift_answer(*await self._monitoring.drift(caller, model_id, ref, window, baseline))

    async def baseline(
        self, caller: Reader, model_id: ModelRef, ref: str, kind: BaselineKind | None = None
    ) -> BaselineAnswer:
        return baseline_answer(*await self._monitoring.baseline(caller, model_id, ref, kind))

    async def put_baseline(self, caller: Writer, model_id: ModelRef, ref: str, body: BaselineBody) -> BaselineAnswer:
        return baseline_answer(*await self._monitoring.put_baseline(caller, model_id, ref, given_baseline(body)))


def monitoring_routes(monitoring: MonitoringService) -> APIRouter:
    routes = _Monitoring(monitoring)
    router = APIRouter(prefix="/api/v1/models/{model_id}/versions/{ref}", route_class=StrictRoute)
    router.add_api_route("/monitoring", routes.measured, methods=["GET"])
    router.add_api_route("/drift", routes.drift, methods=["GET"])
    router.add_api_route("/baseline", routes.baseline, methods=["GET"])
    router.add_api_route("/baseline", routes.put_baseline, methods=["PUT"])
    return router
