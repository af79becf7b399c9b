"""Results of functions as API Gateway converts them to HTTP responses."""

import json

import pytest

from local.gateway.payload import MalformedAnswer, response_of


@pytest.mark.parametrize(
    "answer",
    [
        b"not json",
        b'{"statusCode": "many"}',
        b'{"statusCode": 200, "body": 1}',
        b'{"statusCode": 200, "headers": ["a"]}',
        b'{"statusCode": 200, "body": "%%%", "isBase64Encoded": true}',
    ],
)
def test_a_result_with_a_wrong_type_is_malformed(answer: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        response_of(answer)


@pytest.mark.parametrize(("answer", "body"), [('"hi"', b"hi"), ('{"a": 1}', b'{"a": 1}'), ("null", b"null")])
def test_a_result_without_a_status_code_is_a_200(answer: str, body: bytes) -> None:
    response = response_of(answer.encode())

    assert (response.status, response.body) == (200, body)


def test_the_gateway_sets_the_length_itself() -> None:
    answer = {"statusCode": 200, "headers": {"Content-Length": "99", "ETag": '"1"'}, "body": "x"}

    names = [name for name, _ in response_of(json.dumps(answer).encode()).headers]
    assert names == ["etag", "content-type"]
