"""DynamoDB's conflicts between transactions, which the engines of the tests do not have."""

import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Conflicts:
    """The items that transactions under way write or check, for all clients that share this.

    A transaction that meets another one at an item is cancelled, as DynamoDB does it. Each takes `seconds`, which is
    about the time that it takes on AWS. `cancelled` counts.
    """

    def __init__(self, seconds: float = 0.01) -> None:
        self.cancelled = 0
        self._seconds = seconds
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def client(self, endpoint: str) -> "DynamoDBClient":
        """A client whose transactions conflict."""
        found = boto3.client("dynamodb", endpoint_url=endpoint)
        commit = found.transact_write_items

        def transact(**request: Any) -> Any:
            keys = [_key(write) for write in request["TransactItems"]]
            self._begin(keys)
            try:
                time.sleep(self._seconds)
                return commit(**request)
            finally:
                with self._lock:
                    self._busy -= set(keys)

        found.transact_write_items = transact  # type: ignore[method-assign]
        return found

    def _begin(self, keys: list[str]) -> None:
        with self._lock:
            reasons = [{"Code": "TransactionConflict" if key in self._busy else "None"} for key in keys]
            if any(key in self._busy for key in keys):
                self.cancelled += 1
                raise _cancelled(reasons)
            self._busy |= set(keys)


def _key(write: dict[str, Any]) -> str:
    ((_, arguments),) = write.items()
    key = arguments.get("Key") or arguments["Item"]
    return f"{key['pk']['S']} {key['sk']['S']}"


def _cancelled(reasons: list[dict[str, str]]) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        "CancellationReasons": reasons,
    }
    return ClientError(answer, "TransactWriteItems")
