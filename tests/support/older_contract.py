"""The fixed wire contract as a table, and a client made from this table alone, without our generated stubs.

Types: s string, i int32, l int64, b bool, t Timestamp, S repeated string, M map<string, string>, and message names.
"""

from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, empty_pb2, message_factory, timestamp_pb2

FIELDS = {
    "Model": "id=1:s name=2:s description=3:s version=4:s framework=5:s status=6:s size=7:l checksum=8:s"
    " storage_path=9:s docker_image=10:s tags=11:S owner_id=12:s tenant_id=13:s is_public=14:b created_at=15:t"
    " updated_at=16:t",
    "CreateModelRequest": "name=1:s description=2:s version=3:s framework=4:s tags=5:S metadata=6:M owner_id=7:s"
    " tenant_id=8:s is_public=9:b",
    "CreateModelResponse": "model=1:Model",
    "GetModelRequest": "id=1:s",
    "GetModelResponse": "model=1:Model",
    "ListModelsRequest": "name=1:s framework=2:s status=3:s owner_id=4:s tenant_id=5:s tags=6:S is_public=7:b"
    " page=8:i limit=9:i",
    "ListModelsResponse": "models=1:*Model total=2:l page=3:i limit=4:i",
    "UpdateModelRequest": "id=1:s name=2:s description=3:s tags=4:S metadata=5:M is_public=6:b",
    "UpdateModelResponse": "model=1:Model",
    "DeleteModelRequest": "id=1:s",
    "UpdateModelStatusRequest": "id=1:s status=2:s",
    "UpdateModelStatusResponse": "model=1:Model",
    "AddModelTagsRequest": "model_id=1:s tags=2:S",
    "RemoveModelTagsRequest": "model_id=1:s tags=2:S",
    "SetModelMetadataRequest": "model_id=1:s metadata=2:M",
    "GetModelMetadataRequest": "model_id=1:s",
    "GetModelMetadataResponse": "metadata=1:M",
}
METHODS = {
    "CreateModel": "CreateModelResponse",
    "GetModel": "GetModelResponse",
    "ListModels": "ListModelsResponse",
    "UpdateModel": "UpdateModelResponse",
    "DeleteModel": "Empty",
    "UpdateModelStatus": "UpdateModelStatusResponse",
    "AddModelTags": "Empty",
    "RemoveModelTags": "Empty",
    "SetModelMetadata": "Empty",
    "GetModelMetadata": "GetModelMetadataResponse",
}
_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {"s": _Field.TYPE_STRING, "i": _Field.TYPE_INT32, "l": _Field.TYPE_INT64, "b": _Field.TYPE_BOOL}


class OlderClient:
    """A client that calls methods by name: `await client("GetModel", id=...)`."""

    def __init__(self, channel: grpc.aio.Channel, token: str = "", metadata: Sequence[tuple[str, str]] = ()) -> None:
        self._channel = channel
        self._metadata = [*([("authorization", f"Bearer {token}")] if token else []), *metadata]
        self._pool = _pool()

    def message(self, name: str) -> Any:
        full_name = "google.protobuf.Empty" if name == "Empty" else f"model.{name}"
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(full_name))

    async def __call__(self, method: str, /, **fields: Any) -> Any:
        request = self.message(f"{method}Request")
        call: Any = self._channel.unary_unary(
            f"/model.ModelService/{method}",
            request_serializer=request.SerializeToString,
            response_deserializer=self.message(METHODS[method]).FromString,
        )
        return await call(request(**fields), timeout=10, metadata=self._metadata)


def _pool() -> Any:
    """Returns a separate descriptor pool, so that no message of maas.rpc is used."""
    pool = descriptor_pool.DescriptorPool()
    for known in (timestamp_pb2, empty_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name="contract.proto", package="model", syntax="proto3")
    file.dependency[:] = [timestamp_pb2.DESCRIPTOR.name]
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for field in fields.split():
            _add_field(message, *field.replace("=", ":").split(":"))
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _add_field(message: Any, name: str, number: str, kind: str) -> None:
    field = message.field.add(name=name, number=int(number), label=_Field.LABEL_OPTIONAL)
    if kind in _SCALARS or kind == "S":
        field.type = _SCALARS[kind.lower()]
    else:
        field.type = _Field.TYPE_MESSAGE
    if kind == "S" or kind == "M" or kind.startswith("*"):
        field.label = _Field.LABEL_REPEATED
    if kind == "t":
        field.type_name = ".google.protobuf.Timestamp"
    elif kind == "M":
        field.type_name = f".model.{message.name}.MetadataEntry"
        entry = message.nested_type.add(name="MetadataEntry")
        entry.options.map_entry = True
        _add_field(entry, "key", "1", "s")
        _add_field(entry, "value", "2", "s")
    elif field.type == _Field.TYPE_MESSAGE:
        field.type_name = f".model.{kind.removeprefix('*')}"
