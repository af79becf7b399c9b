"""Retryable errors of DynamoDB."""

import pytest

from maas.platform.dynamodb_errors import is_retryable


@pytest.mark.parametrize("code", ["ThrottlingException", "TransactionConflictException", "LimitExceededException"])
def test_a_busy_table_is_retryable(code: str) -> None:
    assert is_retryable(400, code)


def test_any_server_error_is_retryable() -> None:
    assert is_retryable(500, "UnheardOf")


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "TransactionCanceledException"])
def test_an_error_of_the_request_is_not_retryable(code: str) -> None:
    assert not is_retryable(400, code)
