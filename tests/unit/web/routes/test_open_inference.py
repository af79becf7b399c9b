"""The Open Inference Protocol under /v2, over fakes."""

import gzip
import json
import math
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import ModelCrashed
from maas.domain.inference.crashes import IN_A_ROW
from maas.domain.inference.packing import packed
from maas.domain.inference.tensors import Feed
from maas.services.readiness import State
from tests.support.open_inference_api import DTYPES, ECHO, NAMES, VALUES, Api, asked, only, open_inference_api, tensor


@pytest.fixture
def api() -> Api:
    return open_inference_api(ECHO)


@pytest.fixture
def floats() -> Api:
    return open_inference_api(only("float"))


def test_every_datatype_is_the_same_again_as_json(api: Api) -> None:
    reply = api.infer({"id": "7", "inputs": [tensor(dtype) for dtype in reversed(DTYPES)]})

    assert (reply.status, reply.headers["content-type"], reply.headers["x-cache"]) == (200, "application/json", "miss")
    assert reply.json == {
        "model_name": api.model_id,
        "model_version": "1.0.0",
        "id": "7",
        "parameters": {"prediction_id": reply.headers["x-prediction-id"]},
        "outputs": [
            {"name": f"out_{t}", "datatype": NAMES.get(t, t.upper()), "shape": [1, 2], "data": VALUES[t]}
            for t in DTYPES
        ],
    }


def test_every_datatype_is_the_same_again_as_bytes(api: Api) -> None:
    bodies = {dtype: packed(dtype, VALUES[dtype]) for dtype in DTYPES}
    inputs = [tensor(t, parameters={"binary_data_size": len(data)}) for t, data in bodies.items()]
    for each in inputs:
        del each["data"]
    head = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()

    status, headers, body = api.raw(head + b"".join(bodies.values()), inference_header_content_length=str(len(head)))

    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    length = int(headers["inference-header-content-length"])
    outputs = json.loads(body[:length])["outputs"]
    assert [each["parameters"]["binary_data_size"] for each in outputs] == [len(data) for data in bodies.values()]
    assert body[length:] == b"".join(bodies.values())


def test_bytes_of_a_tensor_without_elements_have_the_header_too(floats: Api) -> None:
    empty = tensor("float", shape=[0, 2], parameters={"binary_data_size": 0})
    del empty["data"]
    head = json.dumps({"inputs": [empty], "parameters": {"binary_data_output": True}}).encode()

    status, headers, body = floats.raw(head, inference_header_content_length=str(len(head)))

    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert headers["inference-header-content-length"] == str(len(body))
    [output] = json.loads(body)["outputs"]
    assert (output["name"], output["parameters"]) == ("out_float", {"binary_data_size": 0})


def test_one_output_may_be_bytes_and_others_json(api: Api) -> None:
    outputs = [{"name": "out_int8", "parameters": {"binary_data": True}}, {"name": "out_bool"}]
    body = json.dumps({"inputs": [tensor(dtype) for dtype in DTYPES], "outputs": outputs}).encode()

    status, headers, answer = api.raw(body, content_type="application/json")

    length = int(headers["inference-header-content-length"])
    assert (status, answer[length:]) == (200, b"\x80\x7f")
    first, second = json.loads(answer[:length])["outputs"]
    assert (first["parameters"], "data" in first) == ({"binary_data_size": 2}, False)
    assert second["data"] == [True, False]


def test_a_model_without_inputs_is_called_without_any() -> None:
    api = open_inference_api(Signature((), (Tensor("out_float", "float", (3,)),)))
    api.runtime.compute = lambda _: {"out_float": [1.0, 2.0, 3.0]}
    reply = api.infer({"inputs": []})
    assert (reply.status, reply.json["outputs"][0]["data"]) == (200, [1.0, 2.0, 3.0])
    assert api.infer({"inputs": [tensor("float")]}).json["errors"][0]["field"] == "inputs[0].name"


def test_floats_may_be_missing_or_infinite(floats: Api) -> None:
    def bytes_of(data: str) -> bytes:
        inputs = json.dumps(tensor("float")).replace("[0.5, 1.5]", data)
        body = f'{{"inputs": [{inputs}], "parameters": {{"binary_data_output": true}}}}'.encode()
        status, headers, answer = floats.raw(body, content_type="application/json")
        assert status == 200
        return answer[int(headers["inference-header-content-length"]) :]

    assert bytes_of("[Infinity, -Infinity]") == struct.pack("<2f", math.inf, -math.inf)
    assert bytes_of("[null, NaN]") == struct.pack("<2f", math.nan, math.nan)


def test_nested_data_is_the_same_as_flat_data(floats: Api) -> None:
    flat = floats.infer(asked(inputs=[tensor("float", [1, 2, 3, 4], shape=[2, 2])]))
    nested = floats.infer(asked(inputs=[tensor("float", [[1, 2], [3, 4]], shape=[2, 2])]))

    assert flat.json["outputs"] == nested.json["outputs"]
    assert (flat.json["outputs"][0]["data"], nested.headers["x-cache"]) == ([1, 2, 3, 4], "hit")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "bare"])
def test_a_compressed_body_is_read(floats: Api, coding: str) -> None:
    body = json.dumps(asked()).encode()
    bare = zlib.compressobj(wbits=-15)
    packed_body = {
        "gzip": gzip.compress(body),
        "deflate": zlib.compress(body),
        "bare": bare.compress(body) + bare.flush(),
    }[coding]

    status, _, answer = floats.raw(packed_body, content_encoding=coding.replace("bare", "deflate"))

    assert (status, json.loads(answer)["outputs"][0]["data"]) == (200, VALUES["float"])


@pytest.mark.parametrize("accepted", ["gzip", "deflate"])
def test_a_large_answer_is_compressed_for_who_accepts_it(floats: Api, accepted: str) -> None:
    data = [1.0] * 200_000
    body = json.dumps(asked(inputs=[tensor("float", data, shape=[100_000, 2])])).encode()

    status, headers, answer = floats.raw(body, accept_encoding=accepted, content_type="application/json")

    assert (status, headers["content-encoding"]) == (200, accepted)
    text = gzip.decompress(answer) if accepted == "gzip" else zlib.decompress(answer)
    assert json.loads(text)["outputs"][0]["data"] == data


def test_the_server_tells_what_it_is_without_a_credential(floats: Api) -> None:
    floats.call.by = None

    assert floats.call("GET", "/v2").json == {"name": "maas", "version": "2", "extensions": ["binary_tensor_data"]}
    assert floats.call("GET", "/v2/health/live").json == {"live": True}
    assert floats.call("GET", "/v2/health/ready").json == {"ready": True}


def test_the_server_is_not_ready_without_the_registry() -> None:
    api = open_inference_api(only("float"), State.DOWN)

    reply = api.call("GET", "/v2/health/ready")

    assert (reply.status, reply.json["ready"], reply.json["code"]) == (503, False, "unavailable")


@pytest.mark.parametrize("ref", ["", "/versions/1.0.0", "/versions/latest", "/versions/%5E1"])
def test_a_version_is_named_by_any_reference(floats: Api, ref: str) -> None:
    path = f"/v2/models/{floats.model_id}{ref}"

    assert floats.call("GET", f"{path}/ready").json == {"name": floats.model_id, "ready": True}
    assert floats.call("GET", path).json == {
        "name": floats.model_id,
        "versions": ["1.0.0"],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "in_float", "datatype": "FP32", "shape": [-1, 2]}],
        "outputs": [{"name": "out_float", "datatype": "FP32", "shape": [-1, 2]}],
    }
    assert floats.call("POST", f"{path}/infer", asked()).json["model_version"] == "1.0.0"


@pytest.mark.parametrize("ref", ["", "/versions/1.0.0"])
def test_a_paused_model_is_not_ready_for_callers_who_are_refused(ref: str) -> None:
    api = open_inference_api(only("float"))
    path = f"/v2/models/{api.model_id}{ref}/ready"
    api.runtime.compute = crash
    for row in range(IN_A_ROW):
        assert api.call("GET", path).json["ready"]
        assert api.infer({"inputs": [tensor("float", [row, 0])]}).json["code"] == "model_crashed"

    reply, refused = api.call("GET", path), api.infer(asked())

    assert (reply.status, reply.json["ready"], reply.json["name"]) == (503, False, api.model_id)
    assert (reply.json["code"], reply.json["error"]) == ("model_paused", reply.json["detail"])
    assert (refused.status, refused.headers["retry-after"]) == (503, reply.headers["retry-after"])


def crash(_feed: Feed) -> Mapping[str, Any]:
    raise ModelCrashed.of()
