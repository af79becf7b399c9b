"""What calls over gRPC tell beside their answer, and the names of fields in their errors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest

from functions.predictor.callers import Callers
from functions.predictor.container import OURS
from functions.predictor.servicer import NAMES, OpenInferenceServicer
from functions.predictor.shares import Shares
from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import ModelCrashed
from maas.domain.identity.principals import Principal
from maas.domain.identity.quotas import Quotas
from maas.domain.ids import new_id
from maas.domain.inference.crashes import IN_A_ROW
from maas.domain.inference.sizes import REQUEST_MAX
from maas.domain.inference.tensors import Feed
from maas.grpc_server.chain import Chain
from maas.grpc_server.errors import Errors
from maas.platform.timings import Timings
from maas.rpc.inference import open_inference_pb2 as pb
from maas.rpc.inference.open_inference_pb2_grpc import (
    GRPCInferenceServiceStub,
    add_GRPCInferenceServiceServicer_to_server,
)
from maas.security.tokens import ACCESS
from maas.services.inference import InferenceService
from maas.services.readiness import ReadinessService
from maas.services.request_limits import RequestLimits
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.grpc_errors import detail, status_of
from tests.support.registry_server import KEYS, person, signed

ADA, STRANGER = person(), person()
_NO_KEYS: Any = object()  # these callers have tokens


@dataclass(frozen=True)
class Api:
    """The service on a socket, and a published model."""

    stub: Any
    runtime: FakeRuntime
    model_id: str
    shares: Shares
    ended: list[Timings]

    async def infer(self, **metadata: str) -> Mapping[str, str]:
        """Returns the metadata behind the answer."""
        call = self.stub.ModelInfer(self.asked(), metadata=_metadata(ADA, **metadata))
        await call
        return dict(await call.trailing_metadata())

    async def refused(self, by: Principal = ADA, **fields: Any) -> grpc.aio.AioRpcError:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.stub.ModelInfer(self.asked(**fields), metadata=_metadata(by))
        return caught.value

    def asked(self, **fields: Any) -> pb.ModelInferRequest:
        contents = pb.InferTensorContents(fp32_contents=[1, 2])
        tensor = pb.ModelInferRequest.InferInputTensor(name="x", datatype="FP32", shape=[1, 2], contents=contents)
        return pb.ModelInferRequest(**{"model_name": self.model_id, "inputs": [tensor], **fields})


def _metadata(by: Principal = ADA, **others: str) -> list[tuple[str, str]]:
    return [("authorization", signed(by, ACCESS)), *((name.replace("_", "-"), each) for name, each in others.items())]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    registry, runtime = fake_registry(), FakeRuntime(larger_column)
    model_id = await model_with_file(registry, ADA, {})
    await registry.publish_version(ADA, model_id, "1.0.0")
    limits = RequestLimits(Quotas(organization=0, user=0, api_key=0), None)
    shares, ended = Shares(4), list[Timings]()
    callers = Callers(SignedAccessTokens(KEYS), _NO_KEYS, limits, [ended.append], shares)
    server = grpc.aio.server(interceptors=[Chain((Errors(NAMES), callers), OURS, callers.identify, REQUEST_MAX)])
    servicer = OpenInferenceServicer(InferenceService(registry, runtime), ReadinessService({}))
    add_GRPCInferenceServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Api(GRPCInferenceServiceStub(channel), runtime, model_id, shares, ended)
    await server.stop(None)


async def test_a_prediction_tells_its_times(api: Api) -> None:
    told = await api.infer()

    parts = {name: float(dur) for name, dur in (each.split(";dur=") for each in told["server-timing"].split(", "))}
    assert sum(parts.values()) - parts["total"] == pytest.approx(parts["total"], rel=0.05)
    assert told["x-cold-start"] == "false"


async def test_a_prediction_tells_whether_it_was_kept(api: Api) -> None:
    first, second = await api.infer(), await api.infer()

    assert (first["x-cache"], "age" in first) == ("miss", False)
    assert (second["x-cache"], second["age"], api.runtime.runs) == ("hit", "0", 1)


@pytest.mark.parametrize("directive", ["no-cache", "no-store"])
async def test_a_caller_may_refuse_a_kept_result(api: Api, directive: str) -> None:
    await api.infer()

    assert (await api.infer(cache_control=directive))["x-cache"] == "miss"
    assert api.runtime.runs == 2


async def test_an_error_tells_its_times_beside_its_details(api: Api) -> None:
    error = await api.refused(model_version="9.9.9")

    assert "total;dur=" in dict(error.trailing_metadata() or ())["server-timing"]
    assert status_of(error).code == grpc.StatusCode.NOT_FOUND.value[0]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"model_version": "not a version"}, "model_version"),
        ({"model_version": "9.9.9"}, "model_version"),
        ({"model_name": new_id()}, "model_name"),
    ],
    ids=["a bad reference", "an unknown version", "an unknown model"],
)
async def test_errors_name_the_fields_of_the_request(api: Api, fields: Any, named: str) -> None:
    found = detail(status_of(await api.refused(**fields)), BadRequest)

    assert [each.field for each in found.field_violations] == [named]


async def test_an_organization_that_floods_is_refused_and_others_are_not(api: Api) -> None:
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(api.shares.taken(ADA.tenant_id))
        flooding, other = await api.refused(), await api.refused(STRANGER)
    assert (flooding.code(), other.code()) == (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.NOT_FOUND)
    assert (await api.infer())["x-cache"] == "miss"


async def test_each_prediction_is_counted_once_with_its_outcome(api: Api) -> None:
    await api.infer()
    await api.infer()
    await api.refused(model_version="9.9.9")

    assert [(each.hit, each.error) for each in api.ended] == [(False, ""), (True, ""), (False, "not_found")]


async def test_a_call_whose_client_goes_away_is_counted_as_cancelled(api: Api) -> None:
    api.runtime.held = asyncio.Event()
    call = api.stub.ModelInfer(api.asked(), metadata=_metadata())
    await _eventually(lambda: api.runtime.runs == 1)
    call.cancel()
    await _eventually(lambda: api.ended)

    assert api.ended[0].error == "cancelled"


async def test_a_call_past_its_deadline_is_counted_as_a_timeout(api: Api) -> None:
    api.runtime.held = asyncio.Event()
    with pytest.raises(grpc.aio.AioRpcError):
        await api.stub.ModelInfer(api.asked(), metadata=_metadata(), timeout=0.5)
    await _eventually(lambda: api.ended)

    assert api.ended[0].error == "timeout"


async def _eventually(condition: Callable[[], Any]) -> None:
    for _ in range(2_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


async def test_a_paused_model_is_not_ready_for_its_caller(api: Api) -> None:
    ready = pb.ModelReadyRequest(name=api.model_id)
    api.runtime.compute = _crash
    for _ in range(IN_A_ROW):
        assert (await api.stub.ModelReady(ready, metadata=_metadata())).ready
        assert (await api.refused()).code() is grpc.StatusCode.ABORTED

    assert not (await api.stub.ModelReady(ready, metadata=_metadata())).ready
    assert (await api.refused()).code() is grpc.StatusCode.UNAVAILABLE


def _crash(_feed: Feed) -> Mapping[str, Any]:
    raise ModelCrashed.of()
