"""What errors of DynamoDB say."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from maas.platform.dynamodb_errors import cancellation_reasons, is_retryable


@pytest.mark.parametrize("code", ["ThrottlingException", "TransactionConflictException", "LimitExceededException"])
def test_a_busy_table_is_retryable(code: str) -> None:
    assert is_retryable(400, code)


def test_any_server_error_is_retryable() -> None:
    assert is_retryable(500, "UnheardOf")


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "TransactionCanceledException"])
def test_an_error_of_the_request_is_not_retryable(code: str) -> None:
    assert not is_retryable(400, code)


def raised(code: str, **fields: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code}, **fields}
    return ClientError(answer, "TransactWriteItems")


def test_a_cancelled_transaction_has_a_reason_for_each_write() -> None:
    reasons = [{"Code": "None"}, {"Code": "ValidationError", "Message": "too large"}, {}]
    error = raised("TransactionCanceledException", CancellationReasons=reasons)
    assert cancellation_reasons(error) == ["None", "ValidationError", "None"]


def test_a_cancelled_transaction_never_looks_committed() -> None:
    assert cancellation_reasons(raised("TransactionCanceledException")) == ["None"]


def test_another_error_has_no_reasons() -> None:
    assert cancellation_reasons(raised("ConditionalCheckFailedException")) == []
