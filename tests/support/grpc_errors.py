"""The structured details of gRPC errors (google.rpc.Status)."""

from typing import Any, TypeVar

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

GET_MODEL = "/maas.registry.v1.RegistryService/GetModel"
Detail = TypeVar("Detail", bound=Message)


def status_of(error: grpc.aio.AioRpcError) -> Status:
    """Returns the status in the trailing gRPC metadata; it is empty if the error carries none."""
    return Status.FromString(dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b""))


def detail(status: Status, kind: type[Detail]) -> Detail:
    """Returns the detail of that kind; it is empty if the status has none."""
    found = kind()
    for each in status.details:
        each.Unpack(found)
    return found


def reason(error: grpc.aio.AioRpcError) -> str:
    """Returns our error code, such as `not_found`."""
    return str(detail(status_of(error), ErrorInfo).reason)


async def failed_get_model(
    address: str, data: bytes = b"", token: str | None = None, **options: Any
) -> grpc.aio.AioRpcError:
    """Calls GetModel with `data` as the request's bytes and returns the error; `token` is the authorization value."""
    metadata = [] if token is None else [("authorization", token)]
    async with grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(GET_MODEL)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call(data, metadata=metadata, **{"timeout": 10, **options})
    return error.value
