"""Fair queues in moto: the messages of a flood let those of other groups pass, as in SQS."""

from datetime import UTC, datetime
from typing import Any

import pytest

from maas.adapters.aws.job_queue import SqsJobQueue
from maas.adapters.aws.sqs_queue import SqsQueue
from maas.adapters.aws.validation_queue import SqsValidationQueue
from maas.adapters.aws.webhooks.queue import SqsDeliveryQueue
from maas.domain.jobs.jobs import Job, Priority
from maas.domain.webhooks.deliveries import Delivery
from maas.platform import trace
from maas.platform.request_context import CURRENT, RequestContext
from tests.support.http_gateway import person
from tests.support.moto_server import MotoServer

AT = datetime(2026, 11, 30, tzinfo=UTC)


def _received(sqs: Any, url: str) -> str:
    """The text of the next message, which is under way then."""
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    return str(message["Body"])


@pytest.fixture
def url(server: MotoServer, request: pytest.FixtureRequest) -> str:
    return str(server.client("sqs").create_queue(QueueName=request.node.name[:60])["QueueUrl"])


def test_messages_of_quiet_groups_come_before_those_of_a_flood(server: MotoServer, url: str) -> None:
    sqs, queue = server.client("sqs"), SqsQueue("jobs", url, f"http://127.0.0.1:{server.port}")
    for number in range(5):
        queue.send_text(f"flood {number}", 0, group="loud")
    assert [_received(sqs, url) for _ in range(2)] == ["flood 0", "flood 1"]
    queue.send_text("quiet", 0, group="quiet")
    queue.send_text("alone", 0)
    assert [_received(sqs, url) for _ in range(4)] == ["quiet", "alone", "flood 2", "flood 3"]


def test_a_message_names_the_span_that_sends_it(server: MotoServer, url: str) -> None:
    sqs, queue = server.client("sqs"), SqsQueue("jobs", url, f"http://127.0.0.1:{server.port}")
    current = trace.continued("")
    token = CURRENT.set(RequestContext(current))
    queue.send_text("of a request", 0)
    CURRENT.reset(token)
    queue.send_text("of nobody", 0)
    asked = {"QueueUrl": url, "MaxNumberOfMessages": 1, "MessageAttributeNames": ["All"]}
    first, second = [sqs.receive_message(**asked)["Messages"][0] for _ in range(2)]
    assert first["MessageAttributes"]["traceparent"]["StringValue"] == current.parent
    assert "MessageAttributes" not in second


def test_messages_of_one_group_keep_their_order(server: MotoServer, url: str) -> None:
    sqs, queue = server.client("sqs"), SqsQueue("jobs", url, f"http://127.0.0.1:{server.port}")
    for number in range(4):
        queue.send_text(str(number), 0, group="one")
    assert [_received(sqs, url) for _ in range(4)] == ["0", "1", "2", "3"]


def _job() -> Job:
    fields: Any = {"id": "j", "address": "", "model_id": "m", "version": "1.0.0", "timeout": 1.0, "created_at": AT}
    return Job(by=person(tenant="acme"), priority=Priority.NORMAL, ends_before=AT, **fields)


def _delivery() -> Delivery:
    fields: Any = {"id": "d", "webhook_id": "w", "type": "JobEnded", "body": "{}", "created_at": AT, "begun_at": AT}
    return Delivery(tenant_id="acme", **fields)


def test_messages_about_an_organization_s_work_have_it_as_their_group(server: MotoServer, url: str) -> None:
    sqs, endpoint = server.client("sqs"), f"http://127.0.0.1:{server.port}"
    SqsJobQueue(dict.fromkeys(Priority, url), endpoint).send(_job())
    SqsValidationQueue(url, endpoint).send("the-upload", "acme")
    SqsDeliveryQueue(url, endpoint).send(_delivery())
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
    assert [each["Attributes"]["MessageGroupId"] for each in found] == ["acme"] * 3
