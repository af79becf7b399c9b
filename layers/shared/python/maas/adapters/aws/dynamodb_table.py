"""One table of DynamoDB for calls that wait, with attributes as Python's values and the domain's errors.

boto3's own Table is made by a factory of resources, which takes as long as the client itself: it looks for all services
on the disk and builds a class.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from maas.adapters.aws.dynamodb_calls import ATTEMPTS, pause, shared_client, unavailable
from maas.adapters.aws.dynamodb_values import attributes, plain
from maas.domain.errors import Contended
from maas.platform.dynamodb_errors import INVALID, REFUSED, cancellation_reasons

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = Mapping[str, str]
Item = dict[str, Any]
# A kind of write (Put, Update, Delete, ConditionCheck) and its arguments, with plain values. It is of the table itself
# unless it has a TableName.
Write = Mapping[str, Mapping[str, Any]]
_PLAIN = frozenset({"Item", "Key", "ExpressionAttributeValues"})


class QueryOptions(TypedDict, total=False):
    """DynamoDB's arguments of a Query beside its keys and values."""

    ConsistentRead: bool
    ScanIndexForward: bool
    Limit: int
    IndexName: str
    ProjectionExpression: str
    FilterExpression: str
    ExpressionAttributeNames: Mapping[str, str]


class _Expressions(TypedDict, total=False):
    ConditionExpression: str
    ExpressionAttributeNames: Mapping[str, str]
    ExpressionAttributeValues: Mapping[str, Any]


class DynamoTable:
    """Calls about one table. Each raises Unavailable with the message `unreachable` if DynamoDB does not answer.

    Changes and conditions are DynamoDB's expressions, and `values` those of their placeholders.
    """

    def __init__(self, name: str, client: "DynamoDBClient", unreachable: str) -> None:
        self.name, self.client, self.unreachable = name, client, unreachable

    def get(self, key: Key) -> Item | None:
        """The item as it is stored now; None if there is none."""
        with self.translated_errors():
            answer = self.client.get_item(TableName=self.name, Key=attributes(key), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def put(self, item: Mapping[str, Any], condition: str = "", values: Mapping[str, Any] | None = None) -> bool:
        """Stores the item. Returns False if the condition is not met."""
        more = _expressions(condition, values)
        with self._unless_refused():
            self.client.put_item(TableName=self.name, Item=attributes(item), **more)
            return True
        return False

    def update(
        self,
        key: Key,
        change: str,
        values: Mapping[str, Any],
        condition: str = "",
        names: Mapping[str, str] | None = None,
        returned: Literal["ALL_NEW", "NONE"] = "ALL_NEW",
    ) -> Item | None:
        """The item after the change, which makes an item that is not there. None if the condition is not met.

        With NONE, DynamoDB does not send the item: it is empty.
        """
        more = _expressions(condition, values, names)
        with self._unless_refused():
            answer = self.client.update_item(
                TableName=self.name, Key=attributes(key), UpdateExpression=change, ReturnValues=returned, **more
            )
            return plain(answer.get("Attributes", {}))
        return None

    def delete(self, key: Key, condition: str = "", values: Mapping[str, Any] | None = None) -> None:
        """Deletes the item if the condition is met."""
        with self._unless_refused():
            self.client.delete_item(TableName=self.name, Key=attributes(key), **_expressions(condition, values))

    def query(
        self,
        partition: str,
        *,
        begins_with: str = "",
        between: tuple[str, str] | None = None,
        after: Key | None = None,
        attribute: str = "pk",
        values: Mapping[str, Any] | None = None,
        **options: Unpack[QueryOptions],
    ) -> Iterator[Item]:
        """The items of a partition, page after page, whose sort key begins so or is between two, both included.

        The first one is behind the key `after`. `attribute` is the partition key of an index.
        """
        condition, bound = f"{attribute} = :pk", {":pk": partition, **(values or {})}
        if begins_with:
            condition, bound[":begin"] = f"{condition} AND begins_with(sk, :begin)", begins_with
        if between:
            condition, (bound[":first"], bound[":last"]) = f"{condition} AND sk BETWEEN :first AND :last", between
        typed = attributes(bound)
        start: dict[str, Any] = {"ExclusiveStartKey": attributes(after)} if after else {}
        while True:
            with self.translated_errors():
                page = self.client.query(
                    TableName=self.name,
                    KeyConditionExpression=condition,
                    ExpressionAttributeValues=typed,
                    **options,
                    **start,
                )
            yield from map(plain, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            start["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def transact(self, writes: Sequence[Write]) -> list[str]:
        """Commits all writes, or none. Returns an empty list, or for each write the reason why it was refused.

        Raises:
            Contended: another transaction was in the way at every attempt.
            TransactionCanceledException: DynamoDB never takes one of the writes.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.transact_once(writes)
            except self.client.exceptions.TransactionCanceledException as error:
                reasons = cancellation_reasons(error)
                if REFUSED in reasons:
                    return reasons
                if INVALID in reasons:
                    raise
            else:
                return []
            pause(attempt)
        raise Contended("others keep changing this; try again")

    def transact_once(self, writes: Sequence[Write]) -> None:
        """Commits all writes, or none.

        Raises:
            TransactionCanceledException: one of the writes was refused, or another transaction was in the way.
        """
        request: Any = [{kind: self._request(arguments) for kind, arguments in write.items()} for write in writes]
        with self.translated_errors():
            self.client.transact_write_items(TransactItems=request)

    def translated_errors(self) -> AbstractContextManager[None]:
        """Raises Unavailable for missing and retryable answers, and if too little time is left for the call."""
        return unavailable(self.unreachable)

    def _request(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        typed = {name: attributes(value) if name in _PLAIN else value for name, value in arguments.items()}
        return {"TableName": self.name, **typed}

    @contextmanager
    def _unless_refused(self) -> Iterator[None]:
        """Ends what is done inside at a condition that is not met."""
        with self.translated_errors():
            try:
                yield
            except self.client.exceptions.ConditionalCheckFailedException:  # made at the first error: it takes 1 ms
                return


def table_of(name: str, endpoint: str, unreachable: str) -> DynamoTable:
    """The table. An empty `endpoint` is AWS itself. Nothing is sent before the first call."""
    return DynamoTable(name, shared_client(endpoint), unreachable)


def _expressions(
    condition: str, values: Mapping[str, Any] | None, names: Mapping[str, str] | None = None
) -> _Expressions:
    found: _Expressions = {}
    if condition:
        found["ConditionExpression"] = condition
    if values:
        found["ExpressionAttributeValues"] = attributes(values)
    if names:
        found["ExpressionAttributeNames"] = names
    return found
