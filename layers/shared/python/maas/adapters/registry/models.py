"""The calls of the registry about models."""

from maas.adapters.registry.calls import RegistryCalls
from maas.domain.catalog.models import Model, ModelChange, ModelFilter, ModelPage, NewModel, WantedPage
from maas.domain.identity.principals import Principal, Scope
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.models import from_model, to_create, to_list, to_update


class ModelCalls(RegistryCalls):
    """Implements maas.services.ports.models.ModelRegistry."""

    async def create_model(self, by: Principal, new: NewModel) -> Model:
        return from_model((await self._call(by, "CreateModel", to_create, new)).model)

    async def get_model(self, by: Principal, model_id: str, right: Scope = Scope.MODELS_READ) -> Model:
        return from_model((await self._call(by, "GetModel", pb.GetModelRequest, id=model_id, right=right)).model)

    async def list_models(self, by: Principal, narrowed: ModelFilter, wanted: WantedPage) -> ModelPage:
        answer = await self._call(by, "ListModels", to_list, narrowed, wanted)
        total = answer.total if answer.HasField("total") else None
        return ModelPage(tuple(from_model(model) for model in answer.models), answer.next_cursor, total)

    async def update_model(self, by: Principal, model_id: str, change: ModelChange) -> Model:
        return from_model((await self._call(by, "UpdateModel", to_update, model_id, change)).model)

    async def delete_model(self, by: Principal, model_id: str, expected_revision: int | None = None) -> None:
        await self._call(by, "DeleteModel", pb.DeleteModelRequest, id=model_id, expected_revision=expected_revision)
