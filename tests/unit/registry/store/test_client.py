"""The table over a client that rejects, conflicts, throttles or does not answer."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from functions.registry.ports import Change, LostRace
from functions.registry.store.client import TRANSACTION_ATTEMPTS, Table
from functions.registry.store.items import model_key
from functions.registry.store.transactions import writes
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import AlreadyExists, Contended, MaasError, Unavailable
from tests.support.sample_records import STORED_MODEL, STORED_VERSION, UPLOAD

DRAFT = replace(STORED_VERSION, state=VersionState.DRAFT)
READY = replace(STORED_VERSION, state=VersionState.READY)


class ScriptedClient:
    """Returns or raises the given answers one after another; `calls` holds the arguments of each call."""

    def __init__(self, answers: Iterable[Any]) -> None:
        self._answers = iter(answers)
        self.calls: list[dict[str, Any]] = []

    def _answer(self, **arguments: Any) -> Any:
        self.calls.append(arguments)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    get_item = transact_write_items = batch_write_item = _answer


def table(*answers: Any) -> tuple[Table, ScriptedClient]:
    client = ScriptedClient(answers)
    return Table("registry", cast("Any", client)), client


def cancelled(*reasons: str) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
        "ResponseMetadata": _metadata(400),
    }
    return ClientError(response, "TransactWriteItems")


def failed(code: str, status: int = 400) -> ClientError:
    error: Any = {"Code": code, "Message": "arn:aws:dynamodb:..."}
    return ClientError({"Error": error, "ResponseMetadata": _metadata(status)}, "GetItem")


def _metadata(status: int) -> Any:
    return {"HTTPStatusCode": status, "RequestId": "r", "HostId": "", "HTTPHeaders": {}, "RetryAttempts": 0}


async def test_a_conflict_with_another_transaction_is_retried() -> None:
    store, client = table(cancelled("None", "TransactionConflict", "None"), cancelled("TransactionConflict"), {})
    await store.transact(writes([Change(None, STORED_MODEL)]))
    assert len(client.calls) == 3


async def test_a_conflict_that_does_not_end_raises_contended() -> None:
    store, _ = table(*[cancelled("TransactionConflict")] * TRANSACTION_ATTEMPTS)
    with pytest.raises(Contended):
        await store.transact(writes([Change(None, STORED_MODEL)]))


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (Change(READY, STORED_VERSION), ["Put", "Put"]),
        (Change(STORED_VERSION, replace(STORED_VERSION, revision=8)), ["Put"]),
        (Change(STORED_VERSION, replace(STORED_VERSION, state=VersionState.DEPRECATED)), ["Put", "Delete"]),
        (Change(DRAFT, READY), ["Put"]),
    ],
)
def test_a_version_has_a_range_item_while_it_is_published(change: Change, kinds: list[str]) -> None:
    found = writes([change])
    assert [write.kind for write in found] == kinds
    if len(found) == 2:
        key = found[1].arguments.get("Key") or found[1].arguments["Item"]
        assert key["sk"] == {"S": "RELEASE#011.010.010~"}


@pytest.mark.parametrize(
    ("change", "reasons", "expected", "field"),
    [
        (Change(None, STORED_MODEL), ["None", "ConditionalCheckFailed", "None"], AlreadyExists, "name"),
        (Change(None, DRAFT), ["ConditionalCheckFailed"], AlreadyExists, "version"),
        (Change(READY, STORED_VERSION), ["ConditionalCheckFailed", "None"], LostRace, None),
        (Change(None, UPLOAD), ["ConditionalCheckFailed"], AlreadyExists, "upload_id"),
        (Change(STORED_MODEL, replace(STORED_MODEL, revision=4)), ["ConditionalCheckFailed"], LostRace, None),
        (
            Change(STORED_MODEL, replace(STORED_MODEL, name="x")),
            ["None", "None", "ConditionalCheckFailed"],
            AlreadyExists,
            "name",
        ),
        (Change(STORED_MODEL, None), ["ConditionalCheckFailed", "None", "None"], LostRace, None),
        (Change(STORED_MODEL, STORED_MODEL), ["ConditionalCheckFailed"], LostRace, None),
    ],
)
async def test_a_failed_condition_raises_the_error_of_its_write(
    change: Change, reasons: list[str], expected: type[MaasError | LostRace], field: str | None
) -> None:
    sent = writes([change])
    store, client = table(cancelled(*reasons, *["None"] * (len(sent) - len(reasons))))
    with pytest.raises(expected) as error:
        await store.transact(sent)
    assert [broken.field for broken in getattr(error.value, "fields", ())] == ([field] if field else [])
    assert (len(client.calls), len(client.calls[0]["TransactItems"])) == (1, len(sent))


@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="http://10.0.0.1"),
        ReadTimeoutError(endpoint_url="http://10.0.0.1"),
        failed("ThrottlingException"),
        failed("TransactionConflictException"),
        failed("ProvisionedThroughputExceededException"),
        failed("InternalServerError"),
        failed("500", 500),
        failed("StorageFull", 507),
    ],
)
async def test_a_retryable_error_is_unavailable_without_internal_details(failure: Exception) -> None:
    store, _ = table(failure)
    with pytest.raises(Unavailable) as error:
        await store.get(model_key("x"))
    assert "10.0.0.1" not in error.value.message
    assert "arn" not in error.value.message


async def test_an_error_of_the_request_is_raised_unchanged() -> None:
    for mistake in (failed("ResourceNotFoundException"), failed("AccessDeniedException")):
        store, _ = table(mistake)
        with pytest.raises(ClientError):
            await store.get(model_key("x"))
    store, _ = table(cancelled("ValidationError"))
    with pytest.raises(ClientError):
        await store.transact(writes([Change(None, STORED_VERSION)]))


async def test_deletes_are_batched_and_unprocessed_items_sent_again() -> None:
    left: dict[str, Any] = {"registry": [{"DeleteRequest": {"Key": {}}}]}
    store, client = table({"UnprocessedItems": left}, {"UnprocessedItems": {}}, {"UnprocessedItems": {}})
    await store.delete([model_key(str(number)) for number in range(30)])
    sizes = [len(call["RequestItems"]["registry"]) for call in client.calls]
    assert sizes == [25, 1, 5]
