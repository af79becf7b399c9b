"""The time that a request gives its call, as the gateway reads it."""

import math
import time
from typing import Any

import pytest

from local.gateway.deadlines import CALL_MAX, Deadline
from local.gateway.payload import Request
from local.template.specs import RouteSpec
from maas.contracts.inference import TIMEOUT_MAX

PREDICT = "/api/v1/models/{model_id}/predict"
INFER = "/v2/models/{model_id}/infer"


def left(path: str, body: bytes = b"", **headers: str) -> float:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request("id", "POST", path.format(model_id="m"), "", named, [], body, "127.0.0.1", "HTTP/1.1")
    return Deadline(RouteSpec("POST", path, "Function"), request, time.perf_counter()).seconds_left()


@pytest.mark.parametrize("path", [PREDICT, INFER, "/predict", "/api/v1/inference", "/api/v1/models/{model_id}/warm"])
def test_the_header_counts_for_every_route_that_runs_a_model(path: str) -> None:
    assert 1 < left(path, x_request_timeout="2") <= 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PREDICT, b'{"features": [1], "timeout": 2}'),
        ("/api/v1/inference", b'{"timeout": 2.0, "model_id": "m"}'),
        (INFER, b'{"inputs": [], "parameters": {"timeout": 2000000}}'),
    ],
)
def test_the_body_counts_too(path: str, body: bytes) -> None:
    assert 1 < left(path, body) <= 2


def test_the_shorter_one_of_header_and_body_counts() -> None:
    assert left(PREDICT, b'{"timeout": 9}', x_request_timeout="2") <= 2
    assert left(PREDICT, b'{"timeout": 2}', x_request_timeout="9") <= 2


def test_the_json_before_bytes_of_tensors_counts() -> None:
    head = b'{"parameters": {"timeout": 2000000}}'
    assert 1 < left(INFER, head + b"\xff\x00{", inference_header_content_length=str(len(head))) <= 2


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        (PREDICT, b'{"features": [1]}', {}),
        (PREDICT, b'{"inputs": {"timeout": 2}}', {}),
        (PREDICT, b'{"timeout": 2', {}),
        (PREDICT, b'["timeout"]', {}),
        (INFER, b'{"parameters": "timeout"}', {}),
        (INFER, b'{"parameters": {"timeout": 2000000.0}}', {}),  # functions take whole microseconds alone
        (INFER, b'{"parameters": {"timeout": 2000000}}', {"inference_header_content_length": "9"}),
    ],
)
def test_a_call_without_a_time_limit_has_that_of_the_functions(path: str, body: bytes, headers: dict[str, Any]) -> None:
    assert CALL_MAX == TIMEOUT_MAX
    assert CALL_MAX - 1 < left(path, body, **headers) <= CALL_MAX


def test_a_route_that_runs_no_model_has_no_time_limit() -> None:
    path = "/api/v1/inference/jobs"  # whose `timeout` is that of each row, not of the call
    assert left(path, b'{"timeout": 2}', x_request_timeout="2") == math.inf


@pytest.mark.parametrize("given", ["0", "-1", "61", "true", "null", '"2"', "1e999", "NaN", f"1{'0' * 400}"])
def test_what_functions_refuse_is_no_time_limit(given: str) -> None:
    assert CALL_MAX - 1 < left(PREDICT, f'{{"timeout": {given}}}'.encode()) <= CALL_MAX
    assert CALL_MAX - 1 < left(INFER, f'{{"parameters": {{"timeout": {given}000000}}}}'.encode()) <= CALL_MAX
    if given != '"2"':
        assert CALL_MAX - 1 < left(PREDICT, x_request_timeout=given) <= CALL_MAX
