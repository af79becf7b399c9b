"""Results of functions as API Gateway converts them to HTTP responses."""

import json

import pytest

from local.gateway.payload import MalformedResult, parse_result


@pytest.mark.parametrize(
    "result",
    [
        b"not json",
        b'{"statusCode": "many"}',
        b'{"statusCode": 200, "body": 1}',
        b'{"statusCode": 200, "headers": ["a"]}',
        b'{"statusCode": 200, "body": "%%%", "isBase64Encoded": true}',
    ],
)
def test_a_result_with_a_wrong_type_is_malformed(result: bytes) -> None:
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
