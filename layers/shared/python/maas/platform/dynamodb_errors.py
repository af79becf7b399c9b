"""Retryable errors of DynamoDB."""

# Codes that DynamoDB documents as safe to retry, with the ones that any other write can raise while a transaction holds
# its item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
# TransactionCanceledException is not one of them: its reasons decide.
_RETRYABLE = frozenset(
    {
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


def is_retryable(status: int, code: str) -> bool:
    """Returns whether the same call may succeed later, by the HTTP status and DynamoDB's code of its error."""
    return status >= 500 or code in _RETRYABLE
