"""Routes of the Open Inference Protocol v2, under /v2."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from maas.contracts.open_inference import (
    InferAnswer,
    InferRequest,
    LiveAnswer,
    ModelMetadataAnswer,
    ModelReadyAnswer,
    ReadyAnswer,
    ServerMetadataAnswer,
)
from maas.domain.errors import ModelPaused
from maas.domain.identity.principals import Principal
from maas.domain.inference.outputs import Form
from maas.domain.inference.protocol import EXTENSIONS, NAME, VERSION
from maas.domain.rollouts.sticky import RoutingKeys
from maas.platform.prediction_keys import name_prediction
from maas.platform.request_cache import cache_control
from maas.services.inference import InferenceService
from maas.services.questions import Inferred
from maas.services.readiness import ReadinessService
from maas.web.compression import compressed
from maas.web.model_paths import ModelRef
from maas.web.presenters.open_inference import inferred_body, model_metadata, tensor_question
from maas.web.presenters.results import result_headers
from maas.web.principal import Invoker
from maas.web.problems import answer, problem
from maas.web.request_timeout import RequestTimeout
from maas.web.routing_keys import RoutingFields, RoutingKey, routing_keys
from maas.web.strict import StrictRoute
from maas.web.tensor_bodies import BINARY, TensorRoute, binary

# Probes of the server itself need no principal.
PUBLIC = frozenset({"/v2", "/v2/health/live", "/v2/health/ready"})
_SERVER = ServerMetadataAnswer(name=NAME, version=VERSION, extensions=[*EXTENSIONS])


class _OpenInference:
    def __init__(self, service: InferenceService, readiness: ReadinessService) -> None:
        self._service = service
        self._readiness = readiness

    async def server(self) -> ServerMetadataAnswer:
        return _SERVER

    async def live(self) -> LiveAnswer:
        return LiveAnswer(live=True)

    async def ready(self) -> Response:
        """Answers 503 while the registry does not answer, because clients look at the status alone."""
        if (await self._readiness.report()).ready:
            return Response(ReadyAnswer(ready=True).model_dump_json(), media_type="application/json")
        return problem(503, "unavailable", "the registry does not answer", extra={"ready": False})

    async def model(self, caller: Invoker, model_id: ModelRef) -> ModelMetadataAnswer:
        return await self._metadata(caller, model_id, "")

    async def version(self, caller: Invoker, model_id: ModelRef, ref: str) -> ModelMetadataAnswer:
        return await self._metadata(caller, model_id, ref)

    async def model_ready(self, caller: Invoker, model_id: ModelRef) -> Response:
        return await self._ready(caller, model_id, "")

    async def version_ready(self, caller: Invoker, model_id: ModelRef, ref: str) -> Response:
        return await self._ready(caller, model_id, ref)

    async def infer(
        self,
        request: Request,
        fields: RoutingFields,
        caller: Invoker,
        model_id: ModelRef,
        body: InferRequest,
        x_request_timeout: RequestTimeout = None,
        routing_key: RoutingKey = None,
    ) -> Response:
        keys = routing_keys(request.headers, routing_key, fields)
        return await self._infer(request, caller, (model_id, ""), body, x_request_timeout, keys)

    async def infer_version(
        self,
        request: Request,
        fields: RoutingFields,
        caller: Invoker,
        model_id: ModelRef,
        ref: str,
        body: InferRequest,
        x_request_timeout: RequestTimeout = None,
        routing_key: RoutingKey = None,
    ) -> Response:
        keys = routing_keys(request.headers, routing_key, fields)
        return await self._infer(request, caller, (model_id, ref), body, x_request_timeout, keys)

    async def _metadata(self, by: Principal, name: str, ref: str) -> ModelMetadataAnswer:
        return model_metadata(name, *await self._service.served(by, name, ref))

    async def _ready(self, by: Principal, name: str, ref: str) -> Response:
        """Refuses a paused model with `ready` false beside the error, because clients look at the status alone."""
        try:
            await self._service.check_ready(by, name, ref)
        except ModelPaused as paused:
            return answer(paused, extra={"name": name, "ready": False})
        return JSONResponse(ModelReadyAnswer(name=name, ready=True).model_dump())

    async def _infer(
        self,
        request: Request,
        by: Principal,
        model: tuple[str, str],
        body: InferRequest,
        seconds: float | None,
        keys: RoutingKeys,
    ) -> Response:
        name_prediction(request.headers)
        control = cache_control(request.headers.get("cache-control"))
        question = tensor_question(*model, body, binary(request), timeout=seconds, control=control, keys=keys)
        return _answer(request, model[0], body.id, await self._service.infer(by, question))


def _answer(request: Request, name: str, request_id: str | None, found: Inferred) -> Response:
    """Raises TooLarge if Lambda would drop the answer."""
    head, raw = inferred_body(found, name, request_id)
    is_binary = any(each.form is Form.RAW for each in found.wanted)  # also without a byte, of tensors without elements
    body, encoding = compressed(head + raw, request.headers.get("accept-encoding"), text=not is_binary)
    headers = {
        **({"inference-header-content-length": str(len(head))} if is_binary else {}),
        **result_headers(found),
        **encoding,
    }
    return Response(body, headers=headers, media_type=BINARY if is_binary else "application/json")


def open_inference_routes(service: InferenceService, readiness: ReadinessService) -> APIRouter:
    routes = _OpenInference(service, readiness)
    router = APIRouter(prefix="/v2", route_class=StrictRoute)
    router.add_api_route("", routes.server, methods=["GET"], response_model=ServerMetadataAnswer)
    router.add_api_route("/health/live", routes.live, methods=["GET"], response_model=LiveAnswer)
    router.add_api_route("/health/ready", routes.ready, methods=["GET"], response_model=ReadyAnswer)
    for path, metadata, ready, infer in (
        ("/models/{model_id}", routes.model, routes.model_ready, routes.infer),
        ("/models/{model_id}/versions/{ref}", routes.version, routes.version_ready, routes.infer_version),
    ):
        router.add_api_route(path, metadata, methods=["GET"], response_model=ModelMetadataAnswer)
        router.add_api_route(f"{path}/ready", ready, methods=["GET"], response_model=ModelReadyAnswer)
        router.add_api_route(
            f"{path}/infer",
            infer,
            methods=["POST"],
            response_model=InferAnswer,
            route_class_override=TensorRoute,
        )
    return router
