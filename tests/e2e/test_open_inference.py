"""Clients of other model servers: the same tensors in give the same bits out, over JSON, bytes and gRPC."""

import base64
import json
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import grpc
import pytest

from maas.domain.inference.datatypes import DATATYPES
from maas.domain.inference.packing import packed
from maas.rpc.inference import open_inference_pb2 as pb
from maas.rpc.inference.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.samples import onnx_files
from tests.support.environments import python_with
from tests.support.stack_users import User
from tests.support.stacks import ROOT, RunningStack

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(600)]
_PROGRAMS = ROOT / "tests" / "support" / "foreign_clients"
# Four values of each type: its limits, and what notations lose easily.
VALUES: Mapping[str, list[Any]] = {
    "bool": [True, False, False, True],
    **{f"uint{bits}": [0, 1, 2 ** (bits - 1), 2**bits - 1] for bits in (8, 16, 32, 64)},
    **{f"int{bits}": [-(2 ** (bits - 1)), -1, 0, 2 ** (bits - 1) - 1] for bits in (8, 16, 32, 64)},
    "float16": [0.1, -65504.0, 6e-8, 1.0],
    "float": [0.1, -3.4028234663852886e38, 1e-45, 16777217.0],
    "double": [0.1, -1.7976931348623157e308, 5e-324, 1 / 3],
    "string": ["", "grün", "a" * 300, "😀"],
}


@pytest.fixture(scope="module")
def model(user: User) -> str:
    """The id of a model that answers each tensor with itself."""
    return user.publish(onnx_files.every_type())


def _tensors() -> list[dict[str, Any]]:
    return [
        {
            "name": f"x_{dtype}",
            "datatype": DATATYPES[dtype],
            "shape": [2, 2],
            "data": base64.b64encode(packed(dtype, values)).decode(),
        }
        for dtype, values in VALUES.items()
    ]


def _expected() -> dict[str, Any]:
    return {each["name"].replace("x_", "y_"): [each["datatype"], [2, 2], each["data"]] for each in _tensors()}


def _run(program: str, stack: RunningStack, user: User, model: str, *requirements: str) -> Any:
    """The output of a program. Skips the test, with the reason, if its packages can't be had."""
    try:
        python = python_with(*requirements)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"{', '.join(requirements)} can't be installed: uv ended with {error.returncode}")
    given = {
        "url": stack.url,
        "predictor": stack.ready.get("predictor"),
        "token": user.api.token,
        "model": model,
        "tensors": _tensors(),
    }
    done = subprocess.run(
        [python, str(_PROGRAMS / program)], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_tritonclient_gets_the_same_bits_over_json_bytes_and_grpc(stack: RunningStack, user: User, model: str) -> None:
    found = _run("triton.py", stack, user, model, "tritonclient[http,grpc]==2.73.0")

    expected = _expected()
    for way in ("json", "bytes", "gzip", "deflate", "grpc"):
        assert found[way] == expected, way
    assert found["refused"][0] == "401"
    assert found["grpc_refused"][0] == "StatusCode.INVALID_ARGUMENT"
    assert "the model needs x_" in found["grpc_refused"][1]
    assert found["metadata"]["inputs"][0] == {"name": "x_float16", "datatype": "FP16", "shape": [-1, 2]}
    assert found["grpc_metadata"]["inputs"][0] == {"name": "x_float16", "datatype": "FP16", "shape": ["-1", "2"]}


def test_kserve_s_client_gets_the_same_bits_over_json_and_bytes(stack: RunningStack, user: User, model: str) -> None:
    found = _run("kserve_rest.py", stack, user, model, "kserve==0.21.0")

    expected = _expected()
    assert found["bytes"] == expected
    assert found["json"] == expected
    assert "inputs" in found["refused"][0]
    assert "422" in found["refused"][0]


def test_curl_sends_bytes_and_gets_them_back(stack: RunningStack, user: User, tmp_path: Path) -> None:
    largest = user.publish_largest()
    head = json.dumps(
        {
            "inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "parameters": {"binary_data_size": 16}}],
            "outputs": [{"name": "label", "parameters": {"binary_data": True}}],
        }
    ).encode()
    (tmp_path / "body").write_bytes(head + struct.pack("<4f", 0, 9, 0, 0))
    done = subprocess.run(
        [
            *("curl", "-sS", "-i", f"{stack.url}/v2/models/{largest}/infer", "--data-binary", f"@{tmp_path / 'body'}"),
            *("-H", f"authorization: Bearer {user.api.token}", "-H", "content-type: application/octet-stream"),
            *("-H", f"inference-header-content-length: {len(head)}"),
        ],
        capture_output=True,
        check=True,
    )
    head_of_answer, _, body = done.stdout.partition(b"\r\n\r\n")
    assert b"200 OK" in head_of_answer.splitlines()[0]
    assert body.endswith(struct.pack("<q", 1))
    assert f"inference-header-content-length: {len(body) - 8}".encode() in head_of_answer.lower()


def test_a_model_is_named_by_its_name_and_its_owner(stack: RunningStack, user: User) -> None:
    name = user.api.get(f"/api/v1/models/{user.publish_largest()}")["name"]
    stub = GRPCInferenceServiceStub(grpc.insecure_channel(stack.ready["predictor"]))
    metadata: Any = [("authorization", f"Bearer {user.api.token}")]

    for shown in (name, f"{user.tenant_id}/{name}"):
        escaped = quote(quote(shown, safe=""), safe="")
        assert user.api.get(f"/v2/models/{escaped}/ready") == {"name": shown, "ready": True}
        assert user.api.get(f"/v2/models/{escaped}/versions/1.x")["versions"] == ["1.0.0"]
        assert stub.ModelMetadata(pb.ModelMetadataRequest(name=shown), metadata=metadata).name == shown
