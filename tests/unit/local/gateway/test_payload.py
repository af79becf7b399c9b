"""Answers of functions, as Lambda and API Gateway read them."""

import json

import pytest

from local.functions.sqs_source import failed_ids
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
def test_a_wrong_full_answer_is_malformed(answer: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        response_of(answer)


@pytest.mark.parametrize(("answer", "body"), [('"hi"', b"hi"), ('{"a": 1}', b'{"a": 1}'), ("null", b"null")])
def test_other_json_is_a_200(answer: str, body: bytes) -> None:
    response = response_of(answer.encode())

    assert (response.status, response.body) == (200, body)


def test_the_gateway_sets_the_length_itself() -> None:
    answer = {"statusCode": 200, "headers": {"Content-Length": "99", "ETag": '"1"'}, "body": "x"}

    names = [name for name, _ in response_of(json.dumps(answer).encode()).headers]
    assert names == ["etag", "content-type"]


@pytest.mark.parametrize("answer", ["null", "{}", '{"batchItemFailures": null}', '{"batchItemFailures": []}'])
def test_an_empty_batch_answer_means_all_went_well(answer: str) -> None:
    assert failed_ids(answer.encode(), ["a", "b"]) == set()


def test_named_messages_failed() -> None:
    assert failed_ids(b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', ["a", "b"]) == {"b"}


@pytest.mark.parametrize(
    "answer",
    [
        "oops",
        '"text"',
        '{"batchItemFailures": [{"id": "a"}]}',
        '{"batchItemFailures": [{"itemIdentifier": ""}]}',
        '{"batchItemFailures": [{"itemIdentifier": null}]}',
        '{"batchItemFailures": [{"itemIdentifier": "unknown"}]}',
    ],
)
def test_a_batch_answer_that_lambda_can_not_read_fails_the_whole_batch(answer: str) -> None:
    assert failed_ids(answer.encode(), ["a", "b"]) == {"a", "b"}
