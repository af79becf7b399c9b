"""The Open Inference Protocol under /v2, over fakes."""

import asyncio
import base64
import gzip
import json
import math
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.inference.packing import packed
from maas.domain.inference.tensors import Feed
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.inference import InferenceService
from maas.services.kept_results import KeptResults
from maas.services.readiness import ReadinessService, State
from maas.web.routes.open_inference import PUBLIC, open_inference_routes
from tests.fakes.inference import FakeResultCache, FakeRuntime, artifact_of, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import CONTEXT, Gateway, Reply, event, person

_WHOLE = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
DTYPES = ("bool", *_WHOLE, "float16", "float", "double", "string")
# Whatever it gets, the model answers.
ECHO = Signature(
    tuple(Tensor(f"in_{dtype}", dtype, (-1, 2)) for dtype in DTYPES),
    tuple(Tensor(f"out_{dtype}", dtype, (-1, 2)) for dtype in DTYPES),
)
NAMES = {"bool": "BOOL", "float16": "FP16", "float": "FP32", "double": "FP64", "string": "BYTES"}
VALUES: Mapping[str, list[Any]] = {
    **{dtype: [0, 2 ** int("".join(filter(str.isdigit, dtype))) - 1] for dtype in DTYPES if dtype.startswith("u")},
    "int8": [-128, 127],
    "int16": [-(2**15), 2**15 - 1],
    "int32": [-(2**31), 2**31 - 1],
    "int64": [-(2**63), 2**63 - 1],
    "bool": [True, False],
    "float16": [0.5, -2.0],
    "float": [0.5, 1.5],
    "double": [0.1, -1e300],
    "string": ["", "grün"],
}
INFER = "/v2/models/{}/infer"


def echo(feed: Feed) -> Mapping[str, Any]:
    found = {}
    for values in feed.values:
        rows, elements = values.shape[0], values.elements
        found[values.name.replace("in_", "out_")] = [list(elements[2 * row : 2 * row + 2]) for row in range(rows)]
    return found


class Api:
    """The routes over fakes and a published model."""

    def __init__(self, registry: FakeRegistry, model_id: str, runtime: FakeRuntime, state: State = State.UP) -> None:
        async def probe() -> State:
            return state

        self.runtime, self.model_id = runtime, model_id
        service = InferenceService(registry, runtime, KeptResults(FakeResultCache()))
        routes = open_inference_routes(service, ReadinessService({"registry": probe}))
        self.call = Gateway(lambda_handler(create_app(routes, title="inference", public=PUBLIC)))

    def infer(self, body: Any, **headers: str) -> Reply:
        sent = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return self.call("POST", INFER.format(self.model_id), body, headers=sent)

    def raw(self, body: bytes, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
        """The answer with its body as bytes."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        sent.setdefault("content-type", "application/octet-stream")
        asked = event("POST", INFER.format(self.model_id), body=body, headers=sent, by=self.call.by)
        answer = self.call.handler(asked, CONTEXT)
        text = answer["body"]
        return (
            answer["statusCode"],
            answer["headers"],
            base64.b64decode(text) if answer["isBase64Encoded"] else text.encode(),
        )


async def _published(signature: Signature) -> tuple[FakeRegistry, str]:
    registry = fake_registry()
    model_id = await model_with_file(registry, person(), {}, artifact_of(b"echo", signature))
    await registry.publish_version(person(), model_id, "1.0.0")
    return registry, model_id


def _api(signature: Signature, state: State = State.UP, delay: float = 0) -> Api:
    # The handler runs a loop of its own, which it can't inside of another one.
    loop = asyncio.new_event_loop()
    try:
        return Api(*loop.run_until_complete(_published(signature)), FakeRuntime(echo, delay), state)
    finally:
        loop.close()


def only(dtype: str) -> Signature:
    index = DTYPES.index(dtype)
    return Signature((ECHO.inputs[index],), (ECHO.outputs[index],))


@pytest.fixture
def api() -> Api:
    return _api(ECHO)


@pytest.fixture
def floats() -> Api:
    return _api(only("float"))


def tensor(dtype: str, data: list[Any] | None = None, **fields: Any) -> dict[str, Any]:
    shown = VALUES[dtype] if data is None else data
    return {"name": f"in_{dtype}", "datatype": NAMES.get(dtype, dtype.upper()), "shape": [1, 2], "data": shown} | fields


def asked(**fields: Any) -> dict[str, Any]:
    return {"inputs": [tensor("float")]} | fields


def test_every_datatype_is_the_same_again_as_json(api: Api) -> None:
    reply = api.infer({"id": "7", "inputs": [tensor(dtype) for dtype in reversed(DTYPES)]})

    assert (reply.status, reply.headers["content-type"], reply.headers["x-cache"]) == (200, "application/json", "miss")
    assert reply.json == {
        "model_name": api.model_id,
        "model_version": "1.0.0",
        "id": "7",
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


def test_one_output_may_be_bytes_and_others_json(api: Api) -> None:
    outputs = [{"name": "out_int8", "parameters": {"binary_data": True}}, {"name": "out_bool"}]
    body = json.dumps({"inputs": [tensor(dtype) for dtype in DTYPES], "outputs": outputs}).encode()

    status, headers, answer = api.raw(body, content_type="application/json")

    length = int(headers["inference-header-content-length"])
    assert (status, answer[length:]) == (200, b"\x80\x7f")
    first, second = json.loads(answer[:length])["outputs"]
    assert (first["parameters"], "data" in first) == ({"binary_data_size": 2}, False)
    assert second["data"] == [True, False]


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

    assert flat.json == nested.json
    assert (flat.json["outputs"][0]["data"], nested.headers["x-cache"]) == ([1, 2, 3, 4], "hit")


@pytest.mark.parametrize(
    ("body", "status", "field", "rule"),
    [
        ({}, 422, "inputs", "required"),
        (asked(inputs=[]), 422, "inputs", "min_items"),
        (asked(output=[]), 422, "output", "unknown"),
        (asked(inputs=[tensor("float", name="x")]), 422, "inputs[0].name", "unknown"),
        (asked(inputs=[tensor("float"), tensor("float")]), 422, "inputs[1].name", "repeated"),
        (asked(inputs=[tensor("float", datatype="FP64")]), 422, "inputs[0].datatype", "dtype"),
        (asked(inputs=[tensor("float", datatype="BF16")]), 422, "inputs[0].datatype", "dtype"),
        (asked(inputs=[tensor("float", shape=[2])]), 422, "inputs[0].shape", "shape"),
        (asked(inputs=[tensor("float", shape=[1, 3])]), 422, "inputs[0].shape", "shape"),
        (asked(inputs=[tensor("float", shape=[-1, 2])]), 422, "inputs[0].shape", "shape"),
        (asked(inputs=[tensor("float", shape=[2**40, 2])]), 422, "inputs[0].data", "shape"),
        (asked(inputs=[tensor("float", shape=[1.5, 2])]), 422, "inputs[0].shape[0]", "type"),
        (asked(inputs=[tensor("float", [1])]), 422, "inputs[0].data", "shape"),
        (asked(inputs=[tensor("float", [[1], [2, 3]])]), 422, "inputs[0].data", "shape"),
        (asked(inputs=[tensor("float", [[1, 2], 3])]), 422, "inputs[0].data", "shape"),
        (asked(inputs=[tensor("float", [1, "2"])]), 422, "inputs[0].data", "type"),
        (asked(inputs=[tensor("float", [1, True])]), 422, "inputs[0].data", "type"),
        (asked(inputs=[tensor("float", [1, {}])]), 422, "inputs[0].data", "type"),
        (asked(inputs=[tensor("float", [1, 1e39])]), 422, "inputs[0].data", "range"),
        (asked(inputs=[tensor("float", parameters={"binary_data_size": 8})]), 422, "inputs[0].data", "exclusive"),
        (asked(inputs=[{**tensor("float"), "data": None}]), 422, "inputs[0].data", "not_null"),
        (
            asked(inputs=[tensor("float", parameters={"shared_memory_region": "a"})]),
            422,
            "inputs[0].parameters.shared_memory_region",
            "unknown",
        ),
        (asked(outputs=[{"name": "y"}]), 422, "outputs[0]", "unknown"),
        (asked(outputs=[{"name": "out_float"}] * 2), 422, "outputs[1].name", "repeated"),
        (
            asked(outputs=[{"name": "out_float", "parameters": {"binary_data": 1}}]),
            422,
            "outputs[0].parameters.binary_data",
            "type",
        ),
        (
            asked(outputs=[{"name": "out_float", "parameters": {"classification": 3}}]),
            422,
            "outputs[0].parameters.classification",
            "unknown",
        ),
        (asked(parameters={"timeout": 0}), 422, "parameters.timeout", "range"),
        (asked(parameters={"timeout": -1}), 422, "parameters.timeout", "range"),
        (asked(parameters={"timeout": 1.5}), 422, "parameters.timeout", "type"),
        (asked(parameters={"a": []}), 422, "parameters.a", "type"),
    ],
)
def test_bad_input_is_a_clear_error(floats: Api, body: dict[str, Any], status: int, field: str, rule: str) -> None:
    reply = floats.infer(body)

    first = reply.json["errors"][0]
    assert (reply.status, first["field"].split(".bool")[0], first["rule"]) == (status, field, rule)
    assert (reply.headers["content-type"], reply.json["error"]) == ("application/json", reply.json["detail"])
    assert reply.headers["x-request-id"] == reply.json["request_id"]
    assert floats.runtime.runs == 0


@pytest.mark.parametrize(
    ("size", "rest", "length", "field", "rule"),
    [
        (8, b"\0" * 7, None, "inputs[0].parameters.binary_data_size", "size"),
        (7, b"\0" * 7, None, "inputs[0].data", "size"),
        (8, b"\0" * 9, None, "body", "size"),
        (-1, b"", None, "inputs[0].parameters.binary_data_size", "size"),
        ("8", b"\0" * 8, None, "inputs[0].parameters.binary_data_size", "size"),
        (8, b"\0" * 8, "x", "inference-header-content-length", "type"),
        (8, b"\0" * 8, "-1", "inference-header-content-length", "type"),
        (8, b"\0" * 8, "99999", "inference-header-content-length", "range"),
    ],
)
def test_bytes_that_do_not_fit_are_a_clear_error(
    floats: Api, size: Any, rest: bytes, length: str | None, field: str, rule: str
) -> None:
    given = tensor("float", parameters={"binary_data_size": size})
    del given["data"]
    head = json.dumps({"inputs": [given]}).encode()

    status, _, body = floats.raw(head + rest, inference_header_content_length=length or str(len(head)))

    first = json.loads(body)["errors"][0]
    assert (status, first["field"], first["rule"]) == (422, field, rule)


@pytest.mark.parametrize(
    ("dtype", "data", "rule"),
    [
        ("bool", b"\x02\x00", "range"),
        ("string", b"\x01\0\0\0a", "size"),
        ("string", b"\x05\0\0\0a\0\0\0\0", "size"),
        ("string", b"\x01\0\0\0\xff\0\0\0\0", "unicode"),
    ],
)
def test_bytes_of_no_element_are_refused(dtype: str, data: bytes, rule: str) -> None:
    api = _api(only(dtype))
    given = tensor(dtype, parameters={"binary_data_size": len(data)})
    del given["data"]
    head = json.dumps({"inputs": [given]}).encode()

    status, _, body = api.raw(head + data, inference_header_content_length=str(len(head)))

    first = json.loads(body)["errors"][0]
    assert (status, first["field"], first["rule"]) == (422, "inputs[0].data", rule)


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


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (gzip.compress(b" " * (6 * 2**20 + 1)), "gzip", 413),
        (zlib.compress(b" " * 2**30), "deflate", 413),
        (b"no gzip", "gzip", 422),
        (gzip.compress(json.dumps(asked()).encode())[:-3], "gzip", 422),
        (gzip.compress(b"{}") + b"x", "gzip", 422),
        (b"", "gzip", 422),
        (b"{}", "br", 415),
        (gzip.compress(gzip.compress(b"{}")), "gzip, gzip", 415),
        (b" " * (6 * 2**20 + 1), "identity", 413),
    ],
)
def test_a_body_that_is_too_large_or_damaged_is_refused(floats: Api, body: bytes, coding: str, status: int) -> None:
    found, _, answer = floats.raw(body, content_encoding=coding)

    assert (found, "error" in json.loads(answer)) == (status, True)


@pytest.mark.parametrize("accepted", ["gzip", "deflate"])
def test_a_large_answer_is_compressed_for_who_accepts_it(floats: Api, accepted: str) -> None:
    data = [1.0] * 200_000
    body = json.dumps(asked(inputs=[tensor("float", data, shape=[100_000, 2])])).encode()

    status, headers, answer = floats.raw(body, accept_encoding=accepted, content_type="application/json")

    assert (status, headers["content-encoding"]) == (200, accepted)
    text = gzip.decompress(answer) if accepted == "gzip" else zlib.decompress(answer)
    assert json.loads(text)["outputs"][0]["data"] == data


@pytest.mark.parametrize(("seconds", "rule"), [("0", "range"), ("-1", "range"), ("30", "range"), ("x", "type")])
def test_a_wrong_timeout_is_refused(floats: Api, seconds: str, rule: str) -> None:
    reply = floats.infer(asked(), x_request_timeout=seconds)

    first = reply.json["errors"][0]
    assert (reply.status, first["field"], first["rule"]) == (422, "x-request-timeout", rule)


@pytest.mark.parametrize(
    ("fields", "headers"), [({"parameters": {"timeout": 900_000}}, {}), ({}, {"x_request_timeout": "0.9"})]
)
def test_a_prediction_that_takes_longer_is_408(fields: dict[str, Any], headers: dict[str, str]) -> None:
    api = _api(only("float"), delay=1)

    reply = api.infer(asked(**fields), **headers)

    assert (reply.status, reply.json["code"], reply.json["error"]) == (408, "timeout", reply.json["detail"])


def test_the_server_tells_what_it_is_without_a_credential(floats: Api) -> None:
    floats.call.by = None

    assert floats.call("GET", "/v2").json == {"name": "maas", "version": "2", "extensions": ["binary_tensor_data"]}
    assert floats.call("GET", "/v2/health/live").json == {"live": True}
    assert floats.call("GET", "/v2/health/ready").json == {"ready": True}


def test_the_server_is_not_ready_without_the_registry() -> None:
    api = _api(only("float"), State.DOWN)

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


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [("/versions/2.0.0/ready", 404, "ref"), ("/versions/2.0.0", 404, "ref"), ("x/ready", 404, "model_id")],
)
def test_what_is_not_there_is_404_in_the_words_of_the_protocol(floats: Api, path: str, status: int, field: str) -> None:
    reply = floats.call("GET", f"/v2/models/{floats.model_id}{path}")

    assert (reply.status, reply.json["errors"][0]["field"]) == (status, field)
    assert reply.json["error"] == reply.json["detail"]


def test_a_caller_without_a_credential_gets_an_error_of_the_protocol(floats: Api) -> None:
    floats.call.by = None

    reply = floats.infer(asked())

    assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert (reply.headers["content-type"], reply.json["code"]) == ("application/json", "unauthenticated")
    assert reply.json["error"] == reply.json["detail"]


def test_a_body_that_is_no_json_is_400(floats: Api) -> None:
    status, _, answer = floats.raw(b"{", content_type="application/json")

    assert (status, json.loads(answer)["code"]) == (400, "malformed_json")


def test_a_form_is_refused(floats: Api) -> None:
    status, _, answer = floats.raw(b"a=1", content_type="application/x-www-form-urlencoded")

    assert (status, json.loads(answer)["errors"][0]["rule"]) == (415, "media_type")
