"""inference.GRPCInferenceService: message in, one call of the use case, message out."""

from contextlib import suppress
from typing import Any

from maas.domain.errors import ModelPaused
from maas.domain.inference.outputs import Form
from maas.domain.inference.protocol import TIMEOUT_MAX
from maas.grpc_server.call_context import caller, metadata
from maas.grpc_server.errors import FieldNames
from maas.platform.prediction_keys import name_prediction
from maas.platform.request_cache import cache_control, cache_headers
from maas.platform.request_context import call_seconds
from maas.rpc.inference import open_inference_pb2 as pb
from maas.rpc.inference.open_inference_pb2_grpc import GRPCInferenceServiceServicer
from maas.services.inference import InferenceService
from maas.services.questions import TensorQuestion
from maas.services.readiness import ReadinessService
from maas.wire.open_inference import (
    check_request,
    given_tensors,
    infer_response,
    metadata_response,
    output_names,
    routing_keys,
    server_response,
    timeout_parameter,
)

_ASKED = {"model_id": "name", "ref": "version"}
# The fields of requests that the domain has other names for.
NAMES: FieldNames = {
    "/inference.GRPCInferenceService/ModelReady": _ASKED,
    "/inference.GRPCInferenceService/ModelMetadata": _ASKED,
    "/inference.GRPCInferenceService/ModelInfer": {
        "model_id": "model_name",
        "ref": "model_version",
        "version": "model_version",
    },
}


class OpenInferenceServicer(GRPCInferenceServiceServicer):
    def __init__(self, service: InferenceService, readiness: ReadinessService) -> None:
        self._service = service
        self._readiness = readiness

    async def ServerLive(self, _request: pb.ServerLiveRequest, _context: Any) -> pb.ServerLiveResponse:  # noqa: N802
        return pb.ServerLiveResponse(live=True)

    async def ServerReady(self, _request: pb.ServerReadyRequest, _context: Any) -> pb.ServerReadyResponse:  # noqa: N802
        return pb.ServerReadyResponse(ready=(await self._readiness.report()).ready)

    async def ServerMetadata(  # noqa: N802
        self, _request: pb.ServerMetadataRequest, _context: Any
    ) -> pb.ServerMetadataResponse:
        return server_response()

    async def ModelReady(self, request: pb.ModelReadyRequest, _context: Any) -> pb.ModelReadyResponse:  # noqa: N802
        with suppress(ModelPaused):
            await self._service.check_ready(caller(), request.name, request.version)
            return pb.ModelReadyResponse(ready=True)
        return pb.ModelReadyResponse(ready=False)

    async def ModelMetadata(  # noqa: N802
        self, request: pb.ModelMetadataRequest, _context: Any
    ) -> pb.ModelMetadataResponse:
        return metadata_response(request.name, *await self._service.served(caller(), request.name, request.version))

    async def ModelInfer(self, request: pb.ModelInferRequest, context: Any) -> pb.ModelInferResponse:  # noqa: N802
        check_request(request)
        name_prediction(metadata())
        names = output_names(request)
        question = TensorQuestion(
            model_id=request.model_name,
            version=request.model_version,
            keys=routing_keys(request, metadata()),
            timeout=call_seconds(timeout_parameter(request) or TIMEOUT_MAX),
            inputs=given_tensors(request),
            outputs=None if names is None else dict.fromkeys(names, Form.RAW),
            form=Form.RAW,
            control=cache_control(metadata().get("cache-control")),
        )
        found = await self._service.infer(caller(), question)
        context.set_trailing_metadata((*cache_headers(found.age).items(),))
        return infer_response(request, found.version, found.wanted, found.outputs, found.parameters)
