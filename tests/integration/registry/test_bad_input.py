"""Every RPC with every field bad and with malformed bytes: the error is precise, and the server stays up."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2, health_pb2_grpc

from functions.registry.server.interceptors import OURS
from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from maas.domain.identity.principals import Principal, judge, remover, validator
from maas.rpc import model_pb2 as older
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.services.ports.registry import Registry
from tests.support.aws import Aws
from tests.support.bad_messages import UNKNOWN_ID, Bad, bad_messages
from tests.support.good_messages import GOOD
from tests.support.grpc_errors import detail, status_of
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, person, serving, signed

# Fields that the answer reports under their HTTP names, because HTTP answers repeat them.
OTHER_NAMES = {
    "capture": ("percent", "keep_days", "redact"),
    "id": ("model_id", "upload_id"),
    "metadata_json": ("metadata",),
    "add_tags": ("tags",),
    "remove_tags": ("tags",),
}
DIMENSIONS = (-1, 2**31 - 1, 2**63 - 1)
# Values that look bad but are valid.
VALID = {
    ("CreateModel", "version", "'9.9.9'"),
    ("CreateVersion", "version", "'9.9.9'"),
    ("GetVersion", "ref", "''"),  # the model's default reference
    ("ListFiles", "ref", "''"),
    ("SetAlias", "version", "'1'"),
    ("StartUpload", "upload_id", repr(UNKNOWN_ID[:24])),
    ("StartUpload", "size", str(2**31 - 1)),
    ("StartUpload", "part_size", str(2**31 - 1)),
    ("ListModels", "page", str(2**31 - 1)),  # past the end: empty
    ("ListModels", "limit", str(2**31 - 1)),  # in the older contract: reduced to the maximum
    *(
        (("RecordValidation", f"artifact.signature.{side}.shape", str(n)))
        for side in ("inputs", "outputs")
        for n in DIMENSIONS
    ),
}
PRECISE = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.RESOURCE_EXHAUSTED}
METHODS = {
    f"{prefix}{method.name}": method
    for prefix, descriptor in (
        (OURS[0], older.DESCRIPTOR.services_by_name["ModelService"]),
        (OURS[1], pb.DESCRIPTOR.services_by_name["RegistryService"]),
    )
    for method in descriptor.methods
}


@dataclass(frozen=True)
class Server:
    channel: grpc.aio.Channel
    registry: Registry

    async def call(self, method: str, data: bytes, by: Principal) -> tuple[grpc.StatusCode, Status]:
        call: Any = self.channel.unary_unary(method)
        try:
            await call(data, metadata=[("authorization", signed(by))], timeout=20)
        except grpc.aio.AioRpcError as error:
            return error.code(), status_of(error)
        return grpc.StatusCode.OK, Status()

    async def is_alive(self) -> bool:
        stub: Any = health_pb2_grpc.HealthStub(self.channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@pytest.fixture
async def server(aws: Aws) -> AsyncIterator[Server]:
    table = aws.application.containers[0].environment["MAAS_REGISTRY_TABLE"]
    async with serving(DynamoRepository(Table(table, connect(aws.endpoint)))) as address:
        client = GrpcRegistry(address, KEYS)
        async with grpc.aio.insecure_channel(address) as channel:
            yield Server(channel, client)
        await client.close()


def wrong(method: str, bad: Bad, code: grpc.StatusCode, status: Status) -> str:
    """Describes what is wrong with the answer to a bad message; returns an empty text if nothing is."""
    if code is grpc.StatusCode.ABORTED and bad.field in {"expected_revision", "expected.revision"}:
        return ""
    named = [violation.field for violation in detail(status, BadRequest).field_violations]
    first = bad.field.partition(".")[0]
    names = (first, *OTHER_NAMES.get(first, ()))
    if code in PRECISE and detail(status, ErrorInfo).domain == "maas" and any(f.startswith(names) for f in named):
        return ""
    return f"{method} {bad.field} {bad.problem}: {code.name} {named} {status.message[:80]}"


def caller_of(method: str, by: Principal) -> Principal:
    match method.rpartition("/")[2]:
        case "RecordValidation":
            return validator(by.tenant_id)
        case "ListKnownFiles" | "CondemnFiles" | "ForgetFiles" | "RepairUploads":
            return remover(by.tenant_id)
        case "ListRollouts":
            return judge(by.tenant_id)
    return by


def test_every_rpc_has_a_valid_request() -> None:
    assert set(GOOD) == set(METHODS)


@pytest.mark.parametrize("method", sorted(GOOD))
async def test_every_bad_field_is_named(server: Server, method: str) -> None:
    by = person()
    good = await GOOD[method](server.registry, by)
    caller, found = caller_of(method, by), []
    for bad in bad_messages(good):
        if (method.rpartition("/")[2], bad.field, bad.problem) in VALID:
            continue
        found.append(wrong(method, bad, *await server.call(method, bad.request.SerializeToString(), caller)))
        assert await server.is_alive(), f"{bad.field} {bad.problem}"
    assert [line for line in found if line] == []
    assert await server.call(method, good.SerializeToString(), caller) == (grpc.StatusCode.OK, Status())


DEEP = b"\x7b" * 500 + b"\x7c" * 500  # groups of field 15 within each other
OF_FIELDS = {"a text that is not UTF-8", "a field of number zero"}
MALFORMED = {
    "a text that is not UTF-8": b"\x0a\x03\xff\xfe\xfd",
    "half a message": b"\x0a\x7f12",
    "a length over 64 bits": b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "a field of number zero": b"\x00\x01",
    "nested too deep": DEEP,
    "noise": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_malformed_bytes_are_an_invalid_argument(server: Server, method: str) -> None:
    by = caller_of(method, person())
    for problem, data in MALFORMED.items():
        if problem in OF_FIELDS and not METHODS[method].input_type.fields:
            continue  # an empty message may be followed by anything that a newer one could have
        code, status = await server.call(method, data, by)
        assert (code, detail(status, ErrorInfo).reason) == (grpc.StatusCode.INVALID_ARGUMENT, "invalid_input"), problem
        assert await server.is_alive()


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_a_message_of_five_mebibytes_is_too_large(server: Server, method: str) -> None:
    code, status = await server.call(method, b"\x0a\x80\x80\xc0\x02" + b"a" * (5 << 20), caller_of(method, person()))
    assert (code, detail(status, ErrorInfo).reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "too_large")
    assert await server.is_alive()
