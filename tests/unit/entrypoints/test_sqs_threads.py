"""Messages of one batch that are handled at once, in threads."""

import threading

from maas.entrypoints.sqs_batches import sqs_batch_handler
from maas.entrypoints.sqs_threads import in_threads
from maas.platform.request_context import CURRENT, remaining_seconds
from tests.support.http_gateway import CONTEXT


def batch(*bodies: str) -> dict[str, object]:
    return {"Records": [{"messageId": f"m{i}", "body": body} for i, body in enumerate(bodies)]}


def test_only_messages_whose_work_raises_are_returned_to_sqs() -> None:
    def work(body: str) -> None:
        if body == "bad":
            raise ValueError

    failed = sqs_batch_handler(in_threads(work, 2))(batch("good", "bad", "good", "bad"), CONTEXT)
    assert failed == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m3"}]}


def test_the_messages_of_a_batch_are_handled_at_once() -> None:
    together = threading.Barrier(3)

    def work(_body: str) -> None:
        together.wait(5)

    handler = sqs_batch_handler(in_threads(work, 3))
    assert handler(batch("a", "b", "c"), CONTEXT) == {"batchItemFailures": []}


def test_each_message_has_its_own_log_field_and_the_deadline_of_the_batch() -> None:
    seen: dict[str, tuple[str, bool]] = {}

    def work(body: str) -> None:
        current = CURRENT.get()
        assert current is not None
        seen[body] = current.log_fields["message_id"], remaining_seconds(10**6) < 10**6

    sqs_batch_handler(in_threads(work, 1))(batch("a", "b"), CONTEXT)
    assert seen == {"a": ("m0", True), "b": ("m1", True)}
    assert CURRENT.get() is None
