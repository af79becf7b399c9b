"""The JSON of the runtime's client, before and after a function replaces it."""

import json
import sys
from typing import Any

import pytest
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

from maas.entrypoints import marshalling
from maas.entrypoints.marshalling import FastMarshaller

MARSHALLER = FastMarshaller(LambdaMarshaller())
EVENT = {
    "version": "2.0",
    "headers": {"x-name": '\u00fc\u2028\\ "q"'},
    "body": "a\nb\u0000",
    "n": [1, 2.5, None, True, 2**70],
}


@pytest.mark.parametrize(
    "text", [json.dumps(EVENT), json.dumps(EVENT, ensure_ascii=False), '{"a": 1, "a": 2}', '"\\ud800"']
)
def test_an_event_is_what_the_runtime_reads(text: str) -> None:
    assert MARSHALLER.unmarshal_request(text.encode()) == json.loads(text)


def test_an_event_of_another_type_is_passed_on_as_it_is() -> None:
    assert MARSHALLER.unmarshal_request(b"{}", "application/octet-stream") == b"{}"


def test_the_runtime_s_own_error_tells_of_an_event_that_is_not_json() -> None:
    with pytest.raises(FaultException, match="Unable to unmarshal input"):
        MARSHALLER.unmarshal_request(b"{")


@pytest.mark.parametrize("result", [EVENT, {}, [EVENT], "text", None, {"\ud800": 1}])
def test_a_result_has_the_values_that_the_runtime_writes(result: Any) -> None:
    written, content_type = MARSHALLER.marshal_response(result)
    expected, expected_type = LambdaMarshaller().marshal_response(result)
    assert json.loads(written) == json.loads(expected)
    assert content_type == expected_type


def test_bytes_and_values_without_json_are_left_to_the_runtime() -> None:
    assert MARSHALLER.marshal_response(b"raw") == (b"raw", "application/unknown")
    with pytest.raises(FaultException, match="Unable to marshal response"):
        MARSHALLER.marshal_response({"o": object()})


def test_the_marshaller_of_the_runtime_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LambdaRuntimeClient, "marshaller", LambdaMarshaller())
    marshalling.install()
    assert isinstance(LambdaRuntimeClient("address").marshaller, FastMarshaller)


def test_a_process_without_the_runtime_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "awslambdaric.lambda_runtime_client")
    before = LambdaRuntimeClient.marshaller
    marshalling.install()
    assert LambdaRuntimeClient.marshaller is before
