"""The table of a started stack, and its lines to paste."""

from typing import Any

import pytest

from local import report

_READY: dict[str, Any] = {
    "kind": "embedded",
    "gateway": "http://127.0.0.1:1",
    "registry": "127.0.0.1:2",
    "metrics": None,
    "data": None,
    "registry_auth": "on",
    "s3": "http://127.0.0.1:3",
    "s3_kind": "minio",
    "bucket": "files",
    "redis": None,
    "aws": "http://127.0.0.1:4",
    "table_store": "http://127.0.0.1:5",
    "table_store_kind": "dynoxide",
    "mail": "127.0.0.1:9",
    "mailbox": "/data/mail",
    "user": {"email": "a@example.com", "password": "x"},
    "logs": "/tmp/logs",
}


def test_a_start_prints_curl_and_grpcurl_lines_with_a_token() -> None:
    text = report.text(_READY, demo=False)
    assert 'curl -s http://127.0.0.1:1/api/v1/models -H "authorization: Bearer $TOKEN"' in text
    line = 'grpcurl -plaintext -H "authorization: Bearer $TOKEN" 127.0.0.1:2 model.ModelService/ListModels'
    assert line in text
    assert "metrics" not in text


@pytest.mark.parametrize("method", ["list model.ModelService", "grpc.health.v1.Health/Check"])
def test_an_open_registry_prints_both_curl_and_grpcurl_lines(method: str) -> None:
    text = report.text(_READY | {"registry_auth": "off"}, demo=False)
    assert "curl -s http://127.0.0.1:1/api/v1/models" in text
    assert f"grpcurl -plaintext 127.0.0.1:2 {method}" in text


def test_after_the_demo_its_own_curl_lines_are_enough() -> None:
    assert "curl -s" not in report.text(_READY, demo=True)


def test_the_table_names_the_address_of_the_metrics() -> None:
    text = report.text(_READY | {"metrics": "127.0.0.1:9464"}, demo=False)
    assert "http://127.0.0.1:9464/metrics" in text


def test_a_stack_of_sam_prints_a_line_that_fills_an_event() -> None:
    sam = {"kind": "sam", "containers": {"registry": "r"}, "samconfig": "/tmp/x/data/samconfig.yaml"}
    text = report.text(_READY | sam, demo=False)
    made = "-m local.events events/inference/predict.json --ready-file /tmp/x/data/ready.json | "
    assert f"{made}.venv/bin/python -m local.sam local invoke InferenceFunction -e - --config-file" in text


def test_the_line_of_addresses_has_the_predictor_if_there_is_one() -> None:
    assert "GATEWAY=http://127.0.0.1:1 REGISTRY=127.0.0.1:2\n" in report.text(_READY, demo=True)
    text = report.text(_READY | {"predictor": "127.0.0.1:7"}, demo=True)
    assert "GATEWAY=http://127.0.0.1:1 REGISTRY=127.0.0.1:2 PREDICTOR=127.0.0.1:7\n" in text
