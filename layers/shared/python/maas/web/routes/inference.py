"""Routes of the inference function."""

from typing import Any

from fastapi import APIRouter, Request, Response

from maas.contracts.inference import BatchAnswer, InferenceRequest, PredictionAnswer, PredictRequest
from maas.domain.identity.principals import Principal
from maas.services.inference import InferenceService, Prediction
from maas.web.compression import compressed
from maas.web.model_paths import ModelRef
from maas.web.presenters.deprecation import deprecation
from maas.web.presenters.inference import prediction_json, question
from maas.web.principal import Invoker
from maas.web.request_cache import wants_fresh
from maas.web.request_timeout import RequestTimeout
from maas.web.values_route import ValuesRoute


class _Inference:
    def __init__(self, service: InferenceService) -> None:
        self._service = service

    async def infer(
        self,
        request: Request,
        caller: Invoker,
        body: InferenceRequest,
        x_request_timeout: RequestTimeout = None,
    ) -> Response:
        return await self._predict(request, caller, body.model_id, body, x_request_timeout)

    async def predict(
        self,
        request: Request,
        caller: Invoker,
        model_id: ModelRef,
        body: PredictRequest,
        x_request_timeout: RequestTimeout = None,
    ) -> Response:
        return await self._predict(request, caller, model_id, body, x_request_timeout)

    async def _predict(
        self, request: Request, by: Principal, model_id: str, body: PredictRequest, seconds: float | None
    ) -> Response:
        fresh = wants_fresh(request.headers.get("cache-control"))
        asked = question(model_id, body, timeout=seconds, fresh=fresh)
        return _answer(request, await self._service.predict(by, asked))


def _answer(request: Request, found: Prediction) -> Response:
    """Raises TooLarge if Lambda would drop the answer."""
    body, encoding = compressed(prediction_json(found), request.headers.get("accept-encoding"))
    headers = {
        "x-cache": "hit" if found.cached else "miss",
        **({"age": str(found.age)} if found.cached else {}),
        **deprecation(found.version.deprecated_at),
        **encoding,
    }
    return Response(body, headers=headers, media_type="application/json")


def inference_routes(service: InferenceService) -> APIRouter:
    routes = _Inference(service)
    router = APIRouter(prefix="/api/v1", route_class=ValuesRoute)
    answer: Any = PredictionAnswer | BatchAnswer
    router.add_api_route("/inference", routes.infer, methods=["POST"], response_model=answer)
    router.add_api_route("/models/{model_id}/predict", routes.predict, methods=["POST"], response_model=answer)
    return router
