"""Routes of what predictions came to."""

from typing import Annotated

from fastapi import APIRouter, Query

from maas.contracts.statistics import ModelStatisticsAnswer, OrganizationStatisticsAnswer
from maas.services.statistics import StatisticsService
from maas.web.model_paths import ModelRef
from maas.web.presenters.statistics import model_statistics_answer, organization_statistics_answer
from maas.web.principal import Reader
from maas.web.strict import StrictRoute

MINUTES_MAX = 60
Minutes = Annotated[int, Query(ge=1, le=MINUTES_MAX)]


class _Statistics:
    def __init__(self, statistics: StatisticsService) -> None:
        self._statistics = statistics

    async def of_model(
        self, caller: Reader, model_id: ModelRef, minutes: Minutes = MINUTES_MAX
    ) -> ModelStatisticsAnswer:
        return model_statistics_answer(await self._statistics.of_model(caller, model_id, minutes))

    async def of_organization(self, caller: Reader, minutes: Minutes = MINUTES_MAX) -> OrganizationStatisticsAnswer:
        return organization_statistics_answer(await self._statistics.of_organization(caller, minutes))


def statistics_routes(statistics: StatisticsService) -> APIRouter:
    routes = _Statistics(statistics)
    router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
    router.add_api_route("/models/{model_id}/stats", routes.of_model, methods=["GET"])
    router.add_api_route("/stats", routes.of_organization, methods=["GET"])
    return router
