"""Routes of the inference function."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from maas.contracts.inference import InferenceRequest, PredictRequest
from maas.contracts.predictions import BatchAnswer, PredictionAnswer
from maas.domain.identity.principals import Principal
from maas.domain.rollouts.sticky import RoutingKeys
from maas.platform.prediction_keys import name_prediction
from maas.platform.request_cache import cache_control
from maas.services.inference import InferenceService
from maas.services.questions import Inferred, Prediction
from maas.web.compression import compressed
from maas.web.model_paths import ModelRef
from maas.web.negotiation import ARROW, CSV, JSON, preferred
from maas.web.presenters.arrow_tables import arrow_stream
from maas.web.presenters.csv_tables import prediction_csv
from maas.web.presenters.inference import prediction_json, question
from maas.web.presenters.results import result_headers
from maas.web.principal import Invoker
from maas.web.request_headers import RequestHeaders
from maas.web.request_timeout import RequestTimeout
from maas.web.routing_keys import RoutingFields, RoutingKey, routing_keys
from maas.web.values_route import ValuesRoute


class _Inference:
    def __init__(self, service: InferenceService) -> None:
        self._service = service

    async def infer(
        self,
        headers: RequestHeaders,
        fields: RoutingFields,
        caller: Invoker,
        body: InferenceRequest,
        x_request_timeout: RequestTimeout = None,
        routing_key: RoutingKey = None,
    ) -> Response:
        keys = routing_keys(headers, routing_key, fields)
        return await self._predict(headers, caller, body.model_id, body, x_request_timeout, keys)

    async def predict(
        self,
        headers: RequestHeaders,
        fields: RoutingFields,
        caller: Invoker,
        model_id: ModelRef,
        body: PredictRequest,
        x_request_timeout: RequestTimeout = None,
        routing_key: RoutingKey = None,
    ) -> Response:
        keys = routing_keys(headers, routing_key, fields)
        return await self._predict(headers, caller, model_id, body, x_request_timeout, keys)

    async def _predict(
        self,
        headers: Mapping[str, str],
        by: Principal,
        model_id: str,
        body: PredictRequest,
        seconds: float | None,
        keys: RoutingKeys,
    ) -> Response:
        name_prediction(headers)
        control = cache_control(headers.get("cache-control"))
        asked = question(model_id, body, timeout=seconds, control=control, keys=keys)
        media_type = preferred(headers.get("accept"), ValuesRoute.offered)
        if media_type == ARROW:
            columns = await self._service.columns(by, asked)
            return _answer(headers, columns, arrow_stream(columns.outputs), ARROW)
        found = await self._service.predict(by, asked, as_table=media_type == CSV)
        if media_type == CSV:
            return _answer(headers, found, prediction_csv(found), CSV)
        return _answer(headers, found, prediction_json(found), JSON)


def _answer(asked: Mapping[str, str], found: Prediction | Inferred, content: bytes, media_type: str) -> Response:
    """Raises TooLarge if Lambda would drop the answer."""
    is_text = media_type != ARROW
    body, encoding = compressed(content, asked.get("accept-encoding"), text=is_text)
    headers = {
        **result_headers(found),
        **encoding,
        "vary": ", ".join(["accept", *([encoding["vary"]] if "vary" in encoding else [])]),
    }
    return Response(body, headers=headers, media_type=media_type)


def inference_routes(service: InferenceService) -> APIRouter:
    routes = _Inference(service)
    router = APIRouter(prefix="/api/v1", route_class=ValuesRoute)
    answer: Any = PredictionAnswer | BatchAnswer
    router.add_api_route("/inference", routes.infer, methods=["POST"], response_model=answer)
    router.add_api_route("/models/{model_id}/predict", routes.predict, methods=["POST"], response_model=answer)
    return router
