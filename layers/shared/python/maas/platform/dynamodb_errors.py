"""What errors of DynamoDB say: whether a call may be repeated, and why a transaction was cancelled."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

# Reasons of a cancelled transaction: a condition is not met, and a write that DynamoDB never takes.
REFUSED, INVALID = "ConditionalCheckFailed", "ValidationError"

# Codes that DynamoDB documents as safe to retry, with the ones that any other write can raise while a transaction holds
# its item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
# TransactionCanceledException is not one of them: its reasons decide (cancellation_reasons).
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


def cancellation_reasons(error: "ClientError") -> list[str]:
    """Why each write of a cancelled transaction was refused, in their order; "None" for one that was not.

    It is empty for other errors alone, so that no caller takes a cancelled transaction for a committed one.
    """
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        return []
    return [str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", [])] or ["None"]
