"""Results of functions as API Gateway converts them to HTTP responses."""

import base64
import json

import pytest

from local.gateway.payload import MalformedResult, Request, parse_result, whole_event


@pytest.mark.parametrize(
    "result",
    [
        b"not json",
        b'{"statusCode": "many"}',
        b'{"statusCode": 200, "body": 1}',
        b'{"statusCode": 200, "headers": ["a"]}',
        b'{"statusCode": 200, "body": "%%%", "isBase64Encoded": true}',
        b'{"statusCode": 42}',
        b'{"statusCode": 200, "headers": {"x-one": "a\\r\\nx-two: b"}}',
        b'{"statusCode": 200, "headers": {"x one": "a"}}',
        b'{"statusCode": 200, "headers": {"": "a"}}',
        b'{"statusCode": 200, "cookies": ["a=1\\nb"]}',
    ],
)
def test_a_result_that_is_no_response_is_malformed(result: bytes) -> None:
    with pytest.raises(MalformedResult):
        parse_result(result)


@pytest.mark.parametrize(("result", "body"), [('"hi"', b"hi"), ('{"a": 1}', b'{"a": 1}'), ("null", b"null")])
def test_a_result_without_a_status_code_is_a_200(result: str, body: bytes) -> None:
    response = parse_result(result.encode())

    assert (response.status, response.body) == (200, body)


def test_the_gateway_sets_the_length_itself() -> None:
    result = {"statusCode": 200, "headers": {"Content-Length": "99", "ETag": '"1"'}, "body": "x"}

    names = [name for name, _ in parse_result(json.dumps(result).encode()).headers]
    assert names == ["etag", "content-type"]


@pytest.mark.parametrize(
    ("kind", "body", "as_base64"),
    [
        ("application/json", b'{"a": "\xc3\xa9\\n"}', False),
        ("application/json", b"\xff", True),
        ("application/octet-stream", bytes(range(256)), True),
    ],
)
def test_an_event_has_text_as_it_is_and_other_bodies_in_base64(kind: str, body: bytes, *, as_base64: bool) -> None:
    request = Request("1", "POST", "/x", "", {"content-type": kind}, [], body, "127.0.0.1", "HTTP/1.1")
    event = json.loads(whole_event({"headers": {"x": "é"}}, request))
    assert event["headers"] == {"x": "é"}
    assert event["isBase64Encoded"] is as_base64
    assert (base64.b64decode(event["body"]) if as_base64 else event["body"].encode()) == body


def test_an_event_without_a_body_has_none() -> None:
    request = Request("1", "GET", "/x", "", {}, [], b"", "127.0.0.1", "HTTP/1.1")
    assert json.loads(whole_event({"version": "2.0"}, request)) == {"version": "2.0", "isBase64Encoded": False}
