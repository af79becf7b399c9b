"""model.ModelService, the fixed contract: each method maps its request to one service call, and the result back."""

# ruff: noqa: N802, ARG002 - names and arguments are those of the generated base class

from typing import Any

from google.protobuf.empty_pb2 import Empty

from functions.registry.catalog.model_lists import ModelListService, legacy_page
from functions.registry.catalog.models import ModelService
from functions.registry.stored import StoredModel
from maas.domain.catalog.models import ModelChange, ModelFilter, NewModel
from maas.domain.errors import InvalidInput, Rule
from maas.grpc_server.call_context import caller
from maas.rpc import model_pb2 as pb
from maas.rpc.model_pb2_grpc import ModelServiceServicer
from maas.wire.models import to_older_model

FIRST_VERSION = "0.1.0"


class ModelServicer(ModelServiceServicer):
    """In an update, an empty string, list or map leaves the field unchanged."""

    def __init__(self, models: ModelService, lists: ModelListService) -> None:
        self._models = models
        self._lists = lists

    async def CreateModel(self, request: pb.CreateModelRequest, context: Any) -> pb.CreateModelResponse:
        new = NewModel(
            name=request.name,
            description=request.description,
            framework=request.framework,
            tags=tuple(request.tags),
            metadata=dict(request.metadata),
            is_public=request.is_public,
            version=request.version or FIRST_VERSION,
        )
        model = await self._models.create_model(caller(), new, tenant_id=request.tenant_id, owner_id=request.owner_id)
        return pb.CreateModelResponse(model=_older(model))

    async def GetModel(self, request: pb.GetModelRequest, context: Any) -> pb.GetModelResponse:
        model = await self._models.get_model(caller(), _required("id", request.id))
        return pb.GetModelResponse(model=_older(model))

    async def ListModels(self, request: pb.ListModelsRequest, context: Any) -> pb.ListModelsResponse:
        page, limit = legacy_page(request.page, request.limit)
        narrowed = ModelFilter(
            name=request.name,
            framework=request.framework,
            status=request.status,
            owner_id=request.owner_id,
            tags=tuple(request.tags),
            is_public=request.is_public or None,
        )
        models, total = await self._lists.number_page(
            caller(), narrowed, tenant_id=request.tenant_id, page=page, limit=limit
        )
        return pb.ListModelsResponse(models=[_older(model) for model in models], total=total, page=page, limit=limit)

    async def UpdateModel(self, request: pb.UpdateModelRequest, context: Any) -> pb.UpdateModelResponse:
        change = ModelChange(
            name=request.name or None,
            description=request.description or None,
            tags=tuple(request.tags) or None,
            metadata=dict(request.metadata) or None,
            is_public=request.is_public if request.HasField("is_public") else None,
        )
        changed = await self._models.update_model(caller(), _required("id", request.id), change)
        return pb.UpdateModelResponse(model=_older(changed))

    async def DeleteModel(self, request: pb.DeleteModelRequest, context: Any) -> Empty:
        await self._models.delete_model(caller(), _required("id", request.id))
        return Empty()

    async def UpdateModelStatus(
        self, request: pb.UpdateModelStatusRequest, context: Any
    ) -> pb.UpdateModelStatusResponse:
        change = ModelChange(status=request.status)
        changed = await self._models.update_model(caller(), _required("id", request.id), change)
        return pb.UpdateModelStatusResponse(model=_older(changed))

    async def AddModelTags(self, request: pb.AddModelTagsRequest, context: Any) -> Empty:
        return await self._update(request.model_id, ModelChange(add_tags=tuple(request.tags)))

    async def RemoveModelTags(self, request: pb.RemoveModelTagsRequest, context: Any) -> Empty:
        return await self._update(request.model_id, ModelChange(remove_tags=tuple(request.tags)))

    async def SetModelMetadata(self, request: pb.SetModelMetadataRequest, context: Any) -> Empty:
        return await self._update(request.model_id, ModelChange(metadata=dict(request.metadata)))

    async def GetModelMetadata(self, request: pb.GetModelMetadataRequest, context: Any) -> pb.GetModelMetadataResponse:
        model = await self._models.get_model(caller(), _required("model_id", request.model_id))
        return pb.GetModelMetadataResponse(metadata=model.metadata)

    async def _update(self, model_id: str, change: ModelChange) -> Empty:
        await self._models.update_model(caller(), _required("model_id", model_id), change)
        return Empty()


def _older(model: StoredModel) -> pb.Model:
    return to_older_model(model, model.headline)


def _required(field: str, value: str) -> str:
    """The value of a field of the request, as it is. Raises InvalidInput if it is empty."""
    if not value:
        raise InvalidInput.of(field, Rule.REQUIRED, "must not be empty")
    return value
