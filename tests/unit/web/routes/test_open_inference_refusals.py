"""Requests under /v2 that are refused, in the words of the Open Inference Protocol."""

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.support.open_inference_api import Api, asked, only, open_inference_api, tensor


@pytest.fixture
def floats() -> Api:
    return open_inference_api(only("float"))


@pytest.mark.parametrize(
    ("body", "status", "field", "rule"),
    [
        ({}, 422, "inputs", "required"),
        (asked(inputs=[]), 422, "inputs", "required"),
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
        (asked(inputs=[tensor("float", [1, "2"])]), 422, "inputs[0].data[1]", "type"),
        (asked(inputs=[tensor("float", [1, True])]), 422, "inputs[0].data[1]", "type"),
        (asked(inputs=[tensor("float", [1, {}])]), 422, "inputs[0].data[1]", "type"),
        (asked(inputs=[tensor("float", [1, 1e39])]), 422, "inputs[0].data[1]", "range"),
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
        (asked(parameters={"timeout": 29_000_001}), 422, "parameters.timeout", "range"),
        (asked(parameters={"timeout": 2**64 - 1}), 422, "parameters.timeout", "range"),
        (asked(parameters={"timeout": 1.5}), 422, "parameters.timeout", "type"),
        (asked(parameters={"timeout": True}), 422, "parameters.timeout", "type"),
        (asked(parameters={"a": []}), 422, "parameters.a", "type"),
        (asked(parameters={"sequence_id": 7}), 422, "parameters.sequence_id", "unknown"),
        (asked(parameters={"sequence_start": True}), 422, "parameters.sequence_start", "unknown"),
    ],
)
def test_bad_input_is_a_clear_error(floats: Api, body: dict[str, Any], status: int, field: str, rule: str) -> None:
    reply = floats.infer(body)

    first = reply.json["errors"][0]
    assert (reply.status, first["field"].split(".bool")[0], first["rule"]) == (status, field, rule)
    assert (reply.headers["content-type"], reply.json["error"]) == ("application/json", reply.json["detail"])
    assert reply.headers["x-request-id"] == reply.json["request_id"]
    assert floats.runtime.runs == 0


def test_any_length_is_not_the_length_of_a_tensor(floats: Api) -> None:
    reply = floats.infer(asked(inputs=[tensor("float", shape=[-1, 2])]))

    message = "inputs[0].shape: expected [-1, 2], with a length of 0 or more for each -1, got [-1, 2]"
    assert reply.json["error"] == message


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
    api = open_inference_api(only(dtype))
    given = tensor(dtype, parameters={"binary_data_size": len(data)})
    del given["data"]
    head = json.dumps({"inputs": [given]}).encode()

    status, _, body = api.raw(head + data, inference_header_content_length=str(len(head)))

    first = json.loads(body)["errors"][0]
    assert (status, first["field"], first["rule"]) == (422, "inputs[0].data", rule)


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


@pytest.mark.parametrize(("seconds", "rule"), [("0", "range"), ("-1", "range"), ("30", "range"), ("x", "type")])
def test_a_wrong_timeout_is_refused(floats: Api, seconds: str, rule: str) -> None:
    reply = floats.infer(asked(), x_request_timeout=seconds)

    first = reply.json["errors"][0]
    assert (reply.status, first["field"], first["rule"]) == (422, "x-request-timeout", rule)


@pytest.mark.parametrize(
    ("fields", "headers"), [({"parameters": {"timeout": 900_000}}, {}), ({}, {"x_request_timeout": "0.9"})]
)
def test_a_prediction_that_takes_longer_is_408(fields: dict[str, Any], headers: dict[str, str]) -> None:
    api = open_inference_api(only("float"), delay=1)

    reply = api.infer(asked(**fields), **headers)

    assert (reply.status, reply.json["code"], reply.json["error"]) == (408, "timeout", reply.json["detail"])


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
