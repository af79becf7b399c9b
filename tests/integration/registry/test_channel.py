"""The functions' gRPC channel with a scripted server: gRPC metadata, retries and deadlines."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from functions.registry.container import build_server
from functions.registry.server.server import OPTIONS
from local.servers.ports import free_port
from maas.adapters.registry import channel
from maas.domain.catalog.models import ModelChange, ModelFilter, NewModel, WantedPage
from maas.domain.catalog.version_changes import VersionChange
from maas.domain.errors import InvalidInput, MaasError, TooLarge, Unavailable
from maas.platform import deadline, trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.security import tokens
from maas.services.changelog import ChangelogService
from maas.services.diff import DiffService
from maas.wire.models import to_model
from maas.wire.transport import PING_LEAST, REQUEST_MAX
from tests.fakes.graph_summaries import FakeGraphStore
from tests.fakes.repository import MemoryRepository
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEY, KEYS, PEOPLE, as_signed, make_model, person
from tests.support.sample_records import MODEL

Code = grpc.StatusCode


class ScriptedServer(grpc.GenericRpcHandler):
    """Answers calls with `codes` in turn, then with the model. A call with the code None gets no answer.

    `metadata` and `seconds_left` have an entry for every call.
    """

    def __init__(self) -> None:
        self.codes: list[grpc.StatusCode | None] = []
        self.metadata: list[dict[str, Any]] = []
        self.seconds_left: list[float] = []

    def service(self, handler_call_details: Any) -> Any:
        return grpc.unary_unary_rpc_method_handler(self._answer)

    async def _answer(self, request: bytes, context: Any) -> bytes:
        self.metadata.append(dict(context.invocation_metadata()))
        self.seconds_left.append(context.time_remaining())
        if self.codes:
            code = self.codes.pop(0)
            await (asyncio.sleep(60) if code is None else context.abort(code, "scripted"))
        return pb.GetModelResponse(model=to_model(MODEL)).SerializeToString()


@pytest.fixture
async def server() -> AsyncIterator[tuple[ScriptedServer, str]]:
    script = ScriptedServer()
    listening = grpc.aio.server(handlers=[script])
    port = listening.add_insecure_port("127.0.0.1:0")
    await listening.start()
    yield script, f"127.0.0.1:{port}"
    await listening.stop(0)


@pytest.fixture
async def registry(server: tuple[ScriptedServer, str]) -> AsyncIterator[GrpcRegistry]:
    client = GrpcRegistry(server[1], KEYS)
    yield client
    await client.close()


@pytest.fixture
def script(server: tuple[ScriptedServer, str]) -> ScriptedServer:
    return server[0]


async def test_a_call_carries_identity_request_id_and_deadline(script: ScriptedServer, registry: GrpcRegistry) -> None:
    by = person()
    CURRENT.set(RequestContext(trace.continued(""), "the-request"))
    await registry.get_model(by, MODEL.id)
    [sent] = script.metadata
    assert tokens.verify([KEY], tokens.SERVICE, sent["authorization"].removeprefix("Bearer ")) == by
    assert sent["x-request-id"] == "the-request"
    # gRPC rounds what it sends of a deadline up to hundredths of a second.
    assert 0 < script.seconds_left[0] <= channel.DEADLINE + 0.01


async def test_a_call_carries_the_gateway_s_id_if_the_caller_chose_another(
    script: ScriptedServer, registry: GrpcRegistry
) -> None:
    CURRENT.set(RequestContext(trace.continued(""), "mine", gateway_request_id="JKJaXmPLvHcESHA="))
    await registry.get_model(person(), MODEL.id)
    CURRENT.set(RequestContext(trace.continued(""), "JKJaXmPLvHcESHA="))
    await registry.get_model(person(), MODEL.id)
    both, one = script.metadata
    assert (both["x-request-id"], both["x-gateway-request-id"]) == ("mine", "JKJaXmPLvHcESHA=")
    assert (one["x-request-id"], one.get("x-gateway-request-id")) == ("JKJaXmPLvHcESHA=", None)


async def test_a_call_carries_the_address_of_the_function_s_caller(
    script: ScriptedServer, registry: GrpcRegistry
) -> None:
    CURRENT.set(RequestContext(trace.continued(""), source_address="2001:db8::7"))
    await registry.get_model(person(), MODEL.id)
    assert script.metadata[0]["x-source-address"] == "2001:db8::7"


@pytest.mark.parametrize("ref", ["=>=1", "^", "Newest", "1.2.3.4", ""])
async def test_a_malformed_reference_costs_no_call(script: ScriptedServer, registry: GrpcRegistry, ref: str) -> None:
    by = person()
    calls = (
        lambda: registry.get_version(by, MODEL.id, ref or "?"),  # empty: the default reference
        lambda: DiffService(registry, FakeGraphStore()).diff(by, MODEL.id, "1.0.0", ref),
        lambda: ChangelogService(registry).changelog(by, MODEL.id, after=ref or "?"),
        lambda: registry.publish_version(by, MODEL.id, ref),
        lambda: registry.deprecate_version(by, MODEL.id, ref),
        lambda: registry.delete_version(by, MODEL.id, ref),
        lambda: registry.update_version(by, MODEL.id, ref, VersionChange(changelog="x")),
    )
    for call in calls:
        with pytest.raises(InvalidInput):
            await call()
    assert script.metadata == []


async def test_a_call_carries_the_trace_of_the_request(script: ScriptedServer, registry: GrpcRegistry) -> None:
    current = trace.continued("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    CURRENT.set(RequestContext(current))
    await registry.get_model(person(), MODEL.id)
    assert script.metadata[0]["traceparent"] == current.parent


async def test_a_call_ends_before_the_deadline_of_its_request(script: ScriptedServer, registry: GrpcRegistry) -> None:
    request = RequestContext(trace.continued(""), deadline=deadline.after(3 + deadline.MARGIN))
    CURRENT.set(request)
    await registry.get_model(person(), MODEL.id)
    assert 1 < script.seconds_left[0] <= 3.1  # two seconds of tolerance for a busy machine, and what clocks differ by
    request.deadline = deadline.after(deadline.MARGIN)
    with pytest.raises(Unavailable, match="took too long"):
        await registry.get_model(person(), MODEL.id)
    assert len(script.metadata) == 1


def test_every_rpc_is_classified_as_repeatable_or_not() -> None:
    methods = pb.DESCRIPTOR.services_by_name["RegistryService"].methods_by_name
    assert set(channel.IDEMPOTENT) == set(methods)


async def test_calls_wait_for_a_registry_that_is_starting() -> None:
    address = f"127.0.0.1:{free_port()}"
    registry, by = GrpcRegistry(address, KEYS), person()
    calls = asyncio.gather(make_model(registry, by), registry.list_models(by, ModelFilter(), WantedPage(limit=1)))
    await asyncio.sleep(0.5)
    assert not calls.done()
    server = build_server(MemoryRepository(), KEYS, as_signed, PEOPLE, listen=address, auth=True)
    await server.start()
    made, listed = await calls
    assert made.name == "iris"
    assert len(listed.items) <= 1
    await registry.close()
    await server.stop(grace=0)


async def test_a_restart_that_cancels_24_calls_loses_none(script: ScriptedServer, registry: GrpcRegistry) -> None:
    script.codes = [Code.CANCELLED] * 24
    answers = await asyncio.gather(*(registry.get_model(person(), MODEL.id) for _ in range(24)))
    assert len(answers) == 24


async def test_retries_are_limited_while_the_registry_keeps_failing(
    script: ScriptedServer, registry: GrpcRegistry
) -> None:
    script.codes = [Code.UNAVAILABLE] * 1000
    for _ in range(10):
        with pytest.raises(Unavailable):
            await asyncio.gather(*(registry.get_model(person(), MODEL.id) for _ in range(16)))
    assert len(script.metadata) < 160 * 1.5


@pytest.mark.parametrize(("allowed", "stays_open"), [(OPTIONS, True), ((), False)])
async def test_the_registry_accepts_pings_that_a_default_server_refuses(
    allowed: tuple[tuple[str, int], ...], stays_open: bool
) -> None:
    server = grpc.aio.server(options=allowed)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    # The shortest interval that the registry allows, so that the test takes seconds only.
    pings = {**dict(channel._OPTIONS), "grpc.keepalive_time_ms": PING_LEAST + 100}
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=list(pings.items())) as opened:
        await asyncio.wait_for(opened.channel_ready(), 5)
        changed = asyncio.create_task(opened.wait_for_state_change(grpc.ChannelConnectivity.READY))
        await asyncio.wait({changed}, timeout=6)
        assert changed.done() is not stays_open
        changed.cancel()
    await server.stop(0)


def test_client_and_server_agree_on_pings_and_sizes() -> None:
    client: dict[str, Any] = dict(channel._OPTIONS)
    server = dict(OPTIONS)
    assert client["grpc.keepalive_time_ms"] > server["grpc.http2.min_ping_interval_without_data_ms"]
    # The server receives larger messages than it accepts, so that it can refuse them with details.
    assert client["grpc.max_send_message_length"] == REQUEST_MAX < server["grpc.max_receive_message_length"]
    assert client["grpc.max_receive_message_length"] == server["grpc.max_send_message_length"]


async def test_a_read_is_retried_when_the_registry_goes_away(script: ScriptedServer, registry: GrpcRegistry) -> None:
    script.codes = [Code.UNAVAILABLE, Code.CANCELLED]
    assert (await registry.get_model(person(), MODEL.id)).id == MODEL.id
    assert len(script.metadata) == 3


async def test_a_creation_is_sent_once(script: ScriptedServer, registry: GrpcRegistry) -> None:
    script.codes = [Code.UNAVAILABLE]
    with pytest.raises(Unavailable):
        await registry.create_model(person(), NewModel(name="a", framework="onnx"))
    assert len(script.metadata) == 1


async def test_no_answer_in_time_is_unavailable(
    script: ScriptedServer, registry: GrpcRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "DEADLINE", 0.2)
    script.codes = [None]
    with pytest.raises(Unavailable, match="does not answer"):
        await registry.get_model(person(), MODEL.id)


async def test_an_internal_error_is_raised_unchanged(script: ScriptedServer, registry: GrpcRegistry) -> None:
    script.codes = [Code.INTERNAL]
    with pytest.raises(grpc.aio.AioRpcError):
        await registry.get_model(person(), MODEL.id)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (ModelChange(name="lone \ud800 surrogate"), InvalidInput),
        (ModelChange(expected_revision=2**70), InvalidInput),
        (ModelChange(description="x" * 5 * 2**20), TooLarge),
    ],
)
async def test_values_that_no_message_can_hold_are_refused(
    registry: GrpcRegistry, change: ModelChange, expected: type[MaasError]
) -> None:
    with pytest.raises(expected):
        await registry.update_model(person(), MODEL.id, change)


async def test_health_is_told_apart_for_each_service_of_the_registry() -> None:
    port = free_port()
    registry = GrpcRegistry(f"127.0.0.1:{port}", KEYS)
    with pytest.raises(Unavailable):
        await registry.health("live", 1)
    server = build_server(MemoryRepository(), KEYS, as_signed, PEOPLE, listen=f"127.0.0.1:{port}", auth=True)
    await server.start()
    try:
        await asyncio.sleep(1.2)  # longer than the pause before the channel connects again
        assert [await registry.health(service, 2) for service in ("live", "", "cache")] == [True, True, None]
    finally:
        await server.stop(grace=0)
        await registry.close()
