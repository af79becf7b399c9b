"""model.ModelService, the fixed contract: its messages in, one service call, its messages out."""

# ruff: noqa: N802, ARG002 - names and arguments are those of the generated base class

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from google.protobuf.empty_pb2 import Empty

from functions.registry.catalog.model_lists import legacy_page
from functions.registry.catalog.models import ModelService
from functions.registry.server.call_context import caller
from functions.registry.stored import StoredModel
from maas.domain.catalog.models import ModelChange, ModelFilter, NewModel
from maas.domain.errors import InvalidInput, NotFound
from maas.rpc import model_pb2 as pb
from maas.rpc.model_pb2_grpc import ModelServiceServicer
from maas.wire.models import to_older_model

FIRST_VERSION = "0.1.0"


class ModelServicer(ModelServiceServicer):
    """In an update, an empty string, list or map leaves the field as it is."""

    def __init__(self, models: ModelService) -> None:
        self._models = models

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
        return pb.CreateModelResponse(model=_shown(model))

    async def GetModel(self, request: pb.GetModelRequest, context: Any) -> pb.GetModelResponse:
        with _named("id", request.id):
            return pb.GetModelResponse(model=_shown(await self._models.get_model(caller(), request.id)))

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
        found, total = await self._models.number_page(
            caller(), narrowed, tenant_id=request.tenant_id, page=page, limit=limit
        )
        return pb.ListModelsResponse(models=[_shown(model) for model in found], total=total, page=page, limit=limit)

    async def UpdateModel(self, request: pb.UpdateModelRequest, context: Any) -> pb.UpdateModelResponse:
        change = ModelChange(
            name=request.name or None,
            description=request.description or None,
            tags=tuple(request.tags) or None,
            metadata=dict(request.metadata) or None,
            is_public=request.is_public if request.HasField("is_public") else None,
        )
        with _named("id", request.id):
            return pb.UpdateModelResponse(model=_shown(await self._update(request.id, change)))

    async def DeleteModel(self, request: pb.DeleteModelRequest, context: Any) -> Empty:
        with _named("id", request.id):
            await self._models.delete_model(caller(), request.id)
        return Empty()

    async def UpdateModelStatus(
        self, request: pb.UpdateModelStatusRequest, context: Any
    ) -> pb.UpdateModelStatusResponse:
        with _named("id", request.id):
            changed = await self._update(request.id, ModelChange(status=request.status))
        return pb.UpdateModelStatusResponse(model=_shown(changed))

    async def AddModelTags(self, request: pb.AddModelTagsRequest, context: Any) -> Empty:
        with _named("model_id", request.model_id):
            await self._update(request.model_id, ModelChange(add_tags=tuple(request.tags)))
        return Empty()

    async def RemoveModelTags(self, request: pb.RemoveModelTagsRequest, context: Any) -> Empty:
        with _named("model_id", request.model_id):
            await self._update(request.model_id, ModelChange(remove_tags=tuple(request.tags)))
        return Empty()

    async def SetModelMetadata(self, request: pb.SetModelMetadataRequest, context: Any) -> Empty:
        with _named("model_id", request.model_id):
            await self._update(request.model_id, ModelChange(metadata=dict(request.metadata)))
        return Empty()

    async def GetModelMetadata(self, request: pb.GetModelMetadataRequest, context: Any) -> pb.GetModelMetadataResponse:
        with _named("model_id", request.model_id):
            model = await self._models.get_model(caller(), request.model_id)
        return pb.GetModelMetadataResponse(metadata=model.metadata)

    async def _update(self, model_id: str, change: ModelChange) -> StoredModel:
        return await self._models.update_model(caller(), model_id, change)


def _shown(model: StoredModel) -> pb.Model:
    return to_older_model(model, model.headline)


@contextmanager
def _named(field: str, model_id: str) -> Iterator[None]:
    """An id that is missing, or of no model, is told under the name that it has in the message."""
    if not model_id:
        raise InvalidInput.of(field, "required", "must not be empty")
    try:
        yield
    except NotFound:
        raise NotFound.of(field, "model", model_id) from None
