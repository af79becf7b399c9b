"""Predictions over gRPC: who may call, what is refused, and what a deadline or a cancelled call ends."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import grpc
import psutil
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub

from maas.rpc.inference import open_inference_pb2 as pb
from maas.rpc.inference.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.samples import onnx_files
from tests.support.stack_users import User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

pytestmark = pytest.mark.kinds("embedded")
ENDLESS = 2**62


@pytest.fixture(scope="module")
def channel(stack: RunningStack) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(stack.ready["predictor"]) as found:
        yield found


@pytest.fixture(scope="module")
def predictor(channel: grpc.Channel) -> Any:
    return GRPCInferenceServiceStub(channel)


@pytest.fixture(scope="module")
def largest(user: User) -> str:
    return user.publish_largest()


@pytest.fixture(scope="module")
def counter(user: User) -> str:
    """The id of a model that counts from zero up to its input."""
    return user.publish(onnx_files.counter())


def by(credential: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {credential}")]


def asked(model: str, *, shape: tuple[int, ...] = (1, 4), **fields: Any) -> pb.ModelInferRequest:
    contents = pb.InferTensorContents(fp32_contents=[0, 9, 0, 0])
    tensor = pb.ModelInferRequest.InferInputTensor(name="x", datatype="FP32", shape=shape, contents=contents)
    return pb.ModelInferRequest(**{"model_name": model, "inputs": [tensor], **fields})


def counting(model: str, up_to: int) -> pb.ModelInferRequest:
    contents = pb.InferTensorContents(int64_contents=[up_to])
    tensor = pb.ModelInferRequest.InferInputTensor(name="x", datatype="INT64", shape=[1], contents=contents)
    return pb.ModelInferRequest(model_name=model, inputs=[tensor])


def refused(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code(), caught.value.details() or ""


def test_a_key_of_an_invoker_predicts(predictor: Any, user: User, largest: str) -> None:
    key = user.api.post("/api/v1/api-keys", {"name": "robot", "scopes": ["inference:invoke"]})["key"]

    found = predictor.ModelInfer(asked(largest, id="7"), metadata=by(key))

    assert (found.model_version, found.id, found.outputs[0].name) == ("1.0.0", "7", "label")
    assert found.raw_output_contents[0] == (1).to_bytes(8, "little")


@pytest.mark.parametrize(
    ("credential", "code"), [("", "UNAUTHENTICATED"), ("x", "UNAUTHENTICATED"), ("maas_x", "UNAUTHENTICATED")]
)
def test_a_caller_without_a_credential_is_refused(predictor: Any, largest: str, credential: str, code: str) -> None:
    for method, request in (
        ("ModelInfer", asked(largest)),
        ("ModelReady", pb.ModelReadyRequest(name=largest)),
        ("ModelMetadata", pb.ModelMetadataRequest(name=largest)),
    ):
        metadata = by(credential) if credential else []
        assert refused(lambda: getattr(predictor, method)(request, metadata=metadata))[0].name == code  # noqa: B023


def test_predictions_are_counted_in_the_metrics_of_the_machine(predictor: Any, user: User, largest: str) -> None:
    token = by(user.api.token)
    for shape in ((1, 4), (1, 4), (1, 3)):
        with suppress(grpc.RpcError):
            predictor.ModelInfer(asked(largest, shape=shape), metadata=token)

    def counts() -> bool:
        page = user.api.request("GET", "/metrics").text
        lines = [line for line in page.splitlines() if f'model="{largest}"' in line]
        refused_ones = [line for line in lines if line.startswith('maas_predictions_total{code="invalid_input"')]
        hits = [line for line in lines if line.startswith('maas_prediction_results_total{cache="hit"')]
        return len(refused_ones) == len(hits) == 1

    until(counts, 10)


def test_a_key_without_the_scope_is_refused(predictor: Any, user: User, largest: str) -> None:
    key = user.api.post("/api/v1/api-keys", {"name": "reader", "scopes": ["models:read"]})["key"]

    code, _ = refused(lambda: predictor.ModelInfer(asked(largest), metadata=by(key)))

    assert code is grpc.StatusCode.PERMISSION_DENIED


def test_another_organization_does_not_find_the_model(stack: RunningStack, predictor: Any, largest: str) -> None:
    other = stack.user()

    code, _ = refused(lambda: predictor.ModelInfer(asked(largest), metadata=by(other.api.token)))

    assert code is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({"shape": (1, 3)}, "INVALID_ARGUMENT", "inputs[0].shape"),
        ({"shape": (2**40, 4)}, "INVALID_ARGUMENT", "inputs[0].data"),
        ({"shape": (-1, 4)}, "INVALID_ARGUMENT", "inputs[0].shape"),
        ({"inputs": []}, "INVALID_ARGUMENT", "inputs"),
        ({"raw_input_contents": [b"", b""]}, "INVALID_ARGUMENT", "raw_input_contents"),
        ({"model_version": "9.9.9"}, "NOT_FOUND", ""),
        ({"model_version": "no reference"}, "INVALID_ARGUMENT", ""),
        ({"model_name": "nothing"}, "NOT_FOUND", ""),
        ({"outputs": [{"name": "z"}]}, "INVALID_ARGUMENT", "outputs[0]"),
        ({"parameters": {"timeout": {"int64_param": 0}}}, "INVALID_ARGUMENT", "parameters.timeout"),
        ({"parameters": {"id": {"string_param": "x" * (7 * 2**20)}}}, "RESOURCE_EXHAUSTED", "bytes"),
    ],
)
def test_a_bad_request_is_a_clear_error(
    predictor: Any, user: User, largest: str, fields: dict[str, Any], code: str, text: str
) -> None:
    found, details = refused(lambda: predictor.ModelInfer(asked(largest, **fields), metadata=by(user.api.token)))

    assert found.name == code
    assert text in details


def test_a_message_that_is_none_is_a_clear_error(channel: grpc.Channel, user: User) -> None:
    call: Any = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")

    code, details = refused(lambda: call(b"\xff\xff", metadata=by(user.api.token)))

    assert (code.name, "not the message" in details) == ("INVALID_ARGUMENT", True)


def test_a_deadline_ends_the_work_and_others_are_answered_meanwhile(
    stack: RunningStack, predictor: Any, user: User, largest: str, counter: str
) -> None:
    token = by(user.api.token)
    for first in (asked(largest), counting(counter, 1)):  # loads both
        predictor.ModelInfer(first, metadata=token, timeout=30)
    slow = predictor.ModelInfer.future(counting(counter, ENDLESS), metadata=token, timeout=8)
    time.sleep(0.3)

    for _ in range(5):
        predictor.ModelInfer(asked(largest), metadata=token, timeout=7)

    assert not slow.done()
    assert refused(slow.result)[0] is grpc.StatusCode.DEADLINE_EXCEEDED
    until(lambda: _busy(stack) < 0.3, 10)
    assert predictor.ModelInfer(counting(counter, 3), metadata=token, timeout=20).outputs[0].shape == [1]


def test_a_cancelled_call_leaves_the_processor(stack: RunningStack, predictor: Any, user: User, counter: str) -> None:
    token = by(user.api.token)
    slow = predictor.ModelInfer.future(counting(counter, ENDLESS), metadata=token, timeout=60)
    until(lambda: _busy(stack) > 0.3, 10)

    slow.cancel()

    until(lambda: _busy(stack) < 0.1, 10)
    assert predictor.ModelInfer(counting(counter, 3), metadata=token, timeout=20).outputs[0].shape == [1]


def _busy(stack: RunningStack) -> float:
    """The processors that the predictor's models take, over a quarter of a second."""

    def seconds() -> float:
        processes = psutil.Process(stack.ready["pids"]["predictor"]).children(recursive=True)
        return sum(sum(each.cpu_times()[:2]) for each in processes if each.is_running())

    before = seconds()
    time.sleep(0.25)
    return max(0.0, seconds() - before) / 0.25


def test_health_tells_of_the_service(channel: grpc.Channel) -> None:
    stub = HealthStub(channel)
    for service in ("", "live", "inference.GRPCInferenceService"):
        assert stub.Check(HealthCheckRequest(service=service)).status == 1
