"""The valid requests of model.ModelService, and where all of the registry's are registered."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from google.protobuf.message import Message

from maas.domain.catalog.models import Model
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.rpc import model_pb2 as older
from maas.services.ports.registry import Registry
from tests.support.registry_server import make_model

Good = Callable[[Registry, Principal], Awaitable[Message]]
G = TypeVar("G", bound=Good)

GOOD: dict[str, Good] = {}
OLDER, OURS = "/model.ModelService/", "/maas.registry.v1.RegistryService/"


def good(prefix: str) -> Callable[[G], G]:
    """Registers a function in GOOD under the RPC's path; `older_get_model` makes requests of GetModel."""

    def register(make: G) -> G:
        GOOD[prefix + "".join(word.capitalize() for word in make.__name__.split("_") if word != "older")] = make
        return make

    return register


async def a_model(registry: Registry, by: Principal) -> Model:
    return await make_model(registry, by, f"model {new_id()}", tags=("a", "b"), metadata={"team": "flowers"})


@good(OLDER)
async def older_create_model(registry: Registry, by: Principal) -> Message:
    return older.CreateModelRequest(
        name=f"model {new_id()}", version="1.0.0", framework="onnx", tags=["a"], metadata={"a": "b"}
    )


@good(OLDER)
async def older_get_model(registry: Registry, by: Principal) -> Message:
    return older.GetModelRequest(id=(await a_model(registry, by)).id)


@good(OLDER)
async def older_list_models(registry: Registry, by: Principal) -> Message:
    return older.ListModelsRequest(framework="onnx", status="pending", tags=["a"], page=1, limit=5)


@good(OLDER)
async def older_update_model(registry: Registry, by: Principal) -> Message:
    model = await a_model(registry, by)
    return older.UpdateModelRequest(id=model.id, name=f"model {new_id()}", tags=["c"], metadata={"c": "d"})


@good(OLDER)
async def older_delete_model(registry: Registry, by: Principal) -> Message:
    return older.DeleteModelRequest(id=(await a_model(registry, by)).id)


@good(OLDER)
async def older_update_model_status(registry: Registry, by: Principal) -> Message:
    return older.UpdateModelStatusRequest(id=(await a_model(registry, by)).id, status="running")


@good(OLDER)
async def older_add_model_tags(registry: Registry, by: Principal) -> Message:
    return older.AddModelTagsRequest(model_id=(await a_model(registry, by)).id, tags=["c"])


@good(OLDER)
async def older_remove_model_tags(registry: Registry, by: Principal) -> Message:
    return older.RemoveModelTagsRequest(model_id=(await a_model(registry, by)).id, tags=["a"])


@good(OLDER)
async def older_set_model_metadata(registry: Registry, by: Principal) -> Message:
    return older.SetModelMetadataRequest(model_id=(await a_model(registry, by)).id, metadata={"a": "b"})


@good(OLDER)
async def older_get_model_metadata(registry: Registry, by: Principal) -> Message:
    return older.GetModelMetadataRequest(model_id=(await a_model(registry, by)).id)
