"""The registry's server on a real socket: identity, reflection, bad calls, logs and traces."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from functions.registry.stored import StoredModel
from maas.domain.catalog.models import ModelChange
from maas.domain.errors import TooLarge
from maas.platform.observability import logger
from maas.security import tokens
from tests.fakes.repository import MemoryRepository
from tests.support.captured_logs import logged
from tests.support.grpc_errors import GET_MODEL, failed_get_model, reason
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, make_model, person, serving, signed
from tests.support.waiting import until

Log = Callable[[int], Awaitable[list[dict[str, Any]]]]


class BrokenRepository(MemoryRepository):
    async def model(self, model_id: str) -> StoredModel | None:
        raise RuntimeError("table arn:aws:dynamodb:secret is on fire")


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with serving(MemoryRepository()) as found:
        yield found


@pytest.fixture
def log() -> Iterator[Log]:
    """Waits for a number of log lines since the test began, and returns all.

    A refused call is logged when its status is out, so its caller may be earlier than its line.
    """
    with logged() as written:

        async def lines(expected: int) -> list[dict[str, Any]]:
            await asyncio.to_thread(until, lambda: written().count("\n") >= expected, 10)
            return [json.loads(line) for line in written().splitlines()]

        yield lines


OTHER_KEY = tokens.Key.derive("another secret of at least thirty-two characters")


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (None, "unauthenticated"),
        ("", "unauthenticated"),
        ("Bearer", "unauthenticated"),
        ("Basic YWRhOmFkYQ==", "unauthenticated"),
        ("Bearer nonsense", "unauthenticated"),
        (signed(person(), tokens.ACCESS), "unauthenticated"),
        (signed(person(), key=OTHER_KEY), "unauthenticated"),
        (signed(person(), age=3600), "token_expired"),
    ],
)
async def test_a_call_without_a_valid_token_is_unauthenticated(address: str, token: str | None, expected: str) -> None:
    error = await failed_get_model(address, token=token)
    assert (error.code(), reason(error)) == (grpc.StatusCode.UNAUTHENTICATED, expected)


async def test_an_invalid_token_is_refused_where_none_is_required() -> None:
    async with serving(MemoryRepository(), auth=False) as address:
        assert (await failed_get_model(address)).code() is grpc.StatusCode.NOT_FOUND
        assert (await failed_get_model(address, token="Bearer nonsense")).code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_token_limits_calls_to_its_tenant_where_none_is_required() -> None:
    async with serving(MemoryRepository(), auth=False) as address:
        registry, by = GrpcRegistry(address, KEYS), person()
        model = await make_model(registry, by)
        assert (
            await failed_get_model(address, b"\n$" + model.id.encode(), signed(person()))
        ).code() is grpc.StatusCode.NOT_FOUND
        assert (await registry.get_model(by, model.id)).tenant_id == by.tenant_id
        await registry.close()


async def test_health_needs_no_token(address: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        for service in ("", "model.ModelService", "maas.registry.v1.RegistryService"):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def reflected(address: str, token: str | None) -> list[Any]:
    """Returns reflection's answers to a list of the services and to the file of one."""
    requests = (
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="model.ModelService"),
    )
    metadata = [] if token is None else [("authorization", token)]
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        return [answer async for answer in stub.ServerReflectionInfo(iter(requests), metadata=metadata)]


async def test_reflection_needs_a_token(address: str) -> None:
    for token in (None, "Bearer nonsense", signed(person(), key=OTHER_KEY)):
        async with grpc.aio.insecure_channel(address) as channel:
            stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
            call = stub.ServerReflectionInfo(metadata=[] if token is None else [("authorization", token)])
            assert await call.code() is grpc.StatusCode.UNAUTHENTICATED
    assert_reflects(await reflected(address, signed(person())))


async def test_reflection_needs_no_token_where_none_is_required() -> None:
    async with serving(MemoryRepository(), auth=False) as address:
        assert_reflects(await reflected(address, None))


def assert_reflects(answers: list[Any]) -> None:
    listed, file = answers
    assert "model.ModelService" in {service.name for service in listed.list_services_response.service}
    assert any(b"SetModelMetadata" in data for data in file.file_descriptor_response.file_descriptor_proto)


async def test_an_unknown_method_is_unimplemented(address: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        for method in ("/maas.registry.v1.RegistryService/Nothing", "/no.Service/GetModel"):
            call: Any = channel.unary_unary(method)
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await call(b"", metadata=[("authorization", signed(person()))])
            assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_malformed_bytes_are_an_invalid_argument(address: str) -> None:
    for data in (b"\x0a\x02\xff\xff", b"\xff" * 100, b"\x0a\xff\xff\xff\xff\x0f"):
        assert (await failed_get_model(address, data, signed(person()))).code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_message_over_4_mib_is_refused_and_the_server_stays_up(address: str) -> None:
    registry, by = GrpcRegistry(address, KEYS), person()
    model = await make_model(registry, by)
    with pytest.raises(TooLarge):
        await registry.update_model(by, model.id, ModelChange(description="x" * 5 * 1024 * 1024))
    assert await registry.get_model(by, model.id) == model
    await registry.close()


async def test_a_bug_is_logged_and_not_shown_to_the_caller(log: Log) -> None:
    async with serving(BrokenRepository()) as address:
        error = await failed_get_model(address, b"\n$" + b"01a1fd77-37f3-7423-b5df-4c7434c6b664", signed(person()))
        lines = await log(2)
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "arn" not in str(error.details())
    assert any("on fire" in line.get("exception", "") for line in lines)
    assert str(error.details()).startswith("an unexpected error")


async def test_every_call_is_logged_with_the_callers_request_id(address: str, log: Log) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(GET_MODEL)
        by = person()
        for number, given in enumerate(("abc-123", "no good " + "x" * 100), 1):
            with pytest.raises(grpc.aio.AioRpcError):
                await call(b"", metadata=[("authorization", signed(by)), ("x-request-id", given)])
            lines = await log(number)
    first, second = lines
    assert (first["request_id"], first["method"], first["code"]) == ("abc-123", GET_MODEL, "NOT_FOUND")
    assert (first["subject"], first["tenant"]) == (by.subject, by.tenant_id)
    assert first["milliseconds"] >= 0
    assert "good" not in second["request_id"]
    assert signed(by)[:20] not in str(lines)


async def test_a_call_is_logged_with_both_ids_of_its_request(log: Log) -> None:
    async with serving(MemoryRepository()) as address, grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(GET_MODEL)
        for number, gateway in enumerate(("JKJaXmPLvHcESHA=", "no good " + "x" * 100), 1):
            given = [("x-request-id", "mine"), ("x-gateway-request-id", gateway)]
            with pytest.raises(grpc.aio.AioRpcError):
                await call(b"", metadata=[("authorization", signed(person())), *given])
            lines = await log(number)
    first, second = lines
    assert (first["request_id"], first["gateway_request_id"]) == ("mine", "JKJaXmPLvHcESHA=")
    assert (second["request_id"], second.get("gateway_request_id")) == ("mine", None)


async def test_the_log_line_of_a_call_has_the_fields_of_all_others(address: str, log: Log) -> None:
    await failed_get_model(address, token=signed(person()))
    await log(1)
    logger.info("another")
    call, other = await log(2)
    assert set(other) - {"location"} <= set(call)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\+0000", call["timestamp"])
    assert call["timestamp"][:13] == other["timestamp"][:13]


async def test_every_log_line_of_a_call_has_its_trace(log: Log) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    given = [("authorization", signed(person())), ("traceparent", f"00-{trace_id}-00f067aa0ba902b7-01")]
    async with serving(BrokenRepository()) as address, grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(GET_MODEL)
        with pytest.raises(grpc.aio.AioRpcError):
            await call(b"\n$01a1fd77-37f3-7423-b5df-4c7434c6b664", metadata=[*given, ("x-request-id", "abc-123")])
        lines = await log(2)
    unexpected, called = lines
    assert unexpected["trace_id"] == called["trace_id"] == trace_id
    assert unexpected["span_id"] == called["span_id"] != "00f067aa0ba902b7"
    assert unexpected["request_id"] == called["request_id"] == "abc-123"
    assert unexpected["tenant"] == called["tenant"]


async def test_a_call_without_a_valid_trace_begins_one(address: str, log: Log) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(GET_MODEL)
        for number, given in enumerate(([], [("traceparent", "00-nonsense-01")]), 1):
            with pytest.raises(grpc.aio.AioRpcError):
                await call(b"", metadata=given)
            lines = await log(number)
    first, second = (line["trace_id"] for line in lines)
    assert len(first) == len(second) == 32
    assert first != second
