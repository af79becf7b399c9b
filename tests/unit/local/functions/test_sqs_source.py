"""Batch results of functions as Lambda reads them."""

import pytest

from local.functions.sqs_source import failed_ids


@pytest.mark.parametrize("result", ["null", "{}", '{"batchItemFailures": null}', '{"batchItemFailures": []}'])
def test_an_empty_batch_result_means_success(result: str) -> None:
    assert failed_ids(result.encode(), ["a", "b"]) == set()


def test_the_named_messages_failed() -> None:
    assert failed_ids(b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', ["a", "b"]) == {"b"}


@pytest.mark.parametrize(
    "result",
    [
        "oops",
        '"text"',
        '{"batchItemFailures": [{"id": "a"}]}',
        '{"batchItemFailures": [{"itemIdentifier": ""}]}',
        '{"batchItemFailures": [{"itemIdentifier": null}]}',
        '{"batchItemFailures": [{"itemIdentifier": "unknown"}]}',
    ],
)
def test_an_unreadable_batch_result_fails_the_whole_batch(result: str) -> None:
    assert failed_ids(result.encode(), ["a", "b"]) == {"a", "b"}
