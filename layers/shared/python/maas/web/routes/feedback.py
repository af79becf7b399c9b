"""Routes of feedback on predictions, and of the figures that follow from it."""

from typing import Annotated

from fastapi import APIRouter, Query

from maas.contracts.feedback import ComparisonAnswer, FeedbackAnswer, FeedbackRequest, PerformanceAnswer
from maas.domain.errors import InvalidInput, NotFound
from maas.domain.monitoring.windows import window_seconds
from maas.services.feedback import By, FeedbackService
from maas.services.joining_feedback import State
from maas.web.feedback_bodies import FeedbackRoute
from maas.web.model_paths import ModelRef
from maas.web.presenters.feedback import comparison_answer, feedback_answer, feedback_of, performance_answer
from maas.web.principal import Invoker, Reader
from maas.web.strict import StrictRoute

WINDOW = "24h"


class _Feedback:
    def __init__(self, service: FeedbackService) -> None:
        self._service = service

    async def send(
        self,
        caller: Invoker,
        body: FeedbackRequest,
        model_id: Annotated[str, Query(max_length=165)] = "",  # noqa: ARG002 - of CSV: the route reads it
    ) -> FeedbackAnswer:
        """Answers one refused or unknown item with its error, and several with the outcome of each."""
        given = feedback_of(body)
        outcomes = await self._service.send(caller, body.model_id, given)
        if body.items is None:
            [only] = outcomes
            if only.error:
                raise InvalidInput(f"{only.error.field}: {only.error.message}", [only.error])
            if only.state is State.UNKNOWN:
                raise NotFound.of("prediction_id", "prediction", given[0].prediction_id)
        return feedback_answer(outcomes)

    async def performance(
        self, caller: Reader, model_id: ModelRef, window: str = WINDOW, by: By = By.VERSION
    ) -> PerformanceAnswer:
        return performance_answer(await self._service.performance(caller, model_id, window_seconds(window), by))

    async def compare(
        self,
        caller: Reader,
        model_id: ModelRef,
        old: Annotated[str, Query(alias="from", max_length=64)],
        new: Annotated[str, Query(alias="to", max_length=64)],
        window: str = WINDOW,
    ) -> ComparisonAnswer:
        return comparison_answer(await self._service.compare(caller, model_id, window_seconds(window), old, new))


def feedback_routes(service: FeedbackService) -> APIRouter:
    routes = _Feedback(service)
    router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
    router.add_api_route("/feedback", routes.send, methods=["POST"], route_class_override=FeedbackRoute)
    router.add_api_route("/models/{model_id}/performance", routes.performance, methods=["GET"])
    router.add_api_route("/models/{model_id}/performance/compare", routes.compare, methods=["GET"])
    return router
