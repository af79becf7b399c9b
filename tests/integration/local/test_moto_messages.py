"""Queues, secrets and buses in a state folder after kill -9 of moto."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.aws_account import ACCOUNT, REGION
from tests.support.moto_server import MotoServer

pytestmark = pytest.mark.timeout(120)

Message = dict[str, Any]
_EVENT = {"Source": "a.test", "DetailType": "Done", "Detail": "{}", "EventBusName": "bus"}


@dataclass
class Queues:
    """The queues, and the messages that were received before the kill."""

    server: MotoServer
    urls: dict[str, str]
    received: dict[str, Message]

    def receive(self, queue: str) -> dict[str, Message]:
        """Receives up to 10 messages, by their text."""
        found = self.server.client("sqs").receive_message(
            QueueUrl=self.urls[queue],
            MaxNumberOfMessages=10,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return {message["Body"]: message for message in found.get("Messages", [])}


@pytest.fixture(scope="module")
def killed(credentials: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queues]:
    """Makes everything, kills moto, and starts it again."""
    server = MotoServer(tmp_path_factory.mktemp("aws") / "a state")
    server.start()
    found = Queues(server, _make_queues(server.client("sqs")), {})
    _send_messages(found)
    _make_secrets(server.client("secretsmanager"))
    _make_bus(server.client("events"))
    server.restart()
    yield found
    server.kill()


def _arn(queue: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"


def _make_queues(sqs: Any) -> dict[str, str]:
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": _arn("dead"), "maxReceiveCount": 2})}
    settings = {"VisibilityTimeout": "600", "MessageRetentionPeriod": "1209600"}
    return {
        "dead": sqs.create_queue(QueueName="dead")["QueueUrl"],
        "work": sqs.create_queue(QueueName="work", Attributes=settings | redrive, tags={"team": "a"})["QueueUrl"],
        "events": sqs.create_queue(QueueName="events")["QueueUrl"],
        "spent": sqs.create_queue(QueueName="spent", Attributes=redrive | {"VisibilityTimeout": "0"})["QueueUrl"],
        "gone": sqs.create_queue(QueueName="gone")["QueueUrl"],
    }


def _send_messages(queues: Queues) -> None:
    sqs, work = queues.server.client("sqs"), queues.urls["work"]
    binary = {"bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    for text in ("received", "deleted"):
        sqs.send_message(QueueUrl=work, MessageBody=text, MessageAttributes=binary)
    queues.received = queues.receive("work")
    sqs.delete_message(QueueUrl=work, ReceiptHandle=queues.received["deleted"]["ReceiptHandle"])
    sqs.send_message(QueueUrl=work, MessageBody="délayed 🎈", DelaySeconds=900)
    sqs.send_message(QueueUrl=queues.urls["spent"], MessageBody="poison")
    for _ in range(3):
        queues.receive("spent")
    sqs.send_message(QueueUrl=queues.urls["gone"], MessageBody="gone with its queue")
    sqs.delete_queue(QueueUrl=queues.urls["gone"])


def _make_secrets(secrets: Any) -> None:
    secrets.create_secret(Name="key", SecretString="one", Description="signs", Tags=[{"Key": "team", "Value": "a"}])
    secrets.put_secret_value(SecretId="key", SecretString="two")
    secrets.put_secret_value(SecretId="key", SecretString="three", VersionStages=["AWSPENDING"])
    secrets.create_secret(Name="bytes", SecretBinary=b"\x00\xff")
    secrets.create_secret(Name="gone", SecretString="x")
    secrets.delete_secret(SecretId="gone", ForceDeleteWithoutRecovery=True)


def _make_bus(events: Any) -> None:
    events.create_event_bus(Name="bus", Description="of tests", Tags=[{"Key": "team", "Value": "a"}])
    pattern = json.dumps({"source": ["a.test"]})
    events.put_rule(Name="all", EventBusName="bus", EventPattern=pattern, Description="everything")
    events.put_targets(EventBusName="bus", Rule="all", Targets=[{"Id": "queue", "Arn": _arn("events")}])
    events.put_rule(Name="off", EventBusName="bus", EventPattern=pattern, State="DISABLED")
    events.put_events(Entries=[_EVENT])


def test_received_messages_are_visible_again_with_their_count(killed: Queues) -> None:
    before, after = killed.received["received"], killed.receive("work")["received"]
    counts = [message["Attributes"].pop("ApproximateReceiveCount") for message in (before, after)]
    assert counts == ["1", "2"]
    assert before | {"ReceiptHandle": ""} == after | {"ReceiptHandle": ""}
    assert after["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00\xff"
    # a consumer that outlived moto deletes it by its own receipt; a lost message would be an error here
    killed.server.client("sqs").delete_message(QueueUrl=killed.urls["work"], ReceiptHandle=before["ReceiptHandle"])


def test_deleted_messages_and_queues_stay_deleted(killed: Queues) -> None:
    assert "deleted" not in killed.receive("work")
    names = {url.rpartition("/")[2] for url in killed.server.client("sqs").list_queues()["QueueUrls"]}
    assert names == {"dead", "work", "events", "spent"}


def test_delayed_messages_keep_their_delay(killed: Queues) -> None:
    found = killed.server.client("sqs").get_queue_attributes(QueueUrl=killed.urls["work"], AttributeNames=["All"])
    assert found["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"


def test_dead_letters_stay_dead_letters(killed: Queues) -> None:
    assert killed.receive("spent") == {}
    assert list(killed.receive("dead")) == ["poison"]


def test_queues_keep_their_settings_and_tags(killed: Queues) -> None:
    sqs = killed.server.client("sqs")
    found = sqs.get_queue_attributes(QueueUrl=killed.urls["work"], AttributeNames=["All"])["Attributes"]
    assert found["VisibilityTimeout"] == "600"
    assert found["MessageRetentionPeriod"] == "1209600"
    assert json.loads(found["RedrivePolicy"]) == {"deadLetterTargetArn": _arn("dead"), "maxReceiveCount": 2}
    assert sqs.list_queue_tags(QueueUrl=killed.urls["work"])["Tags"] == {"team": "a"}


def test_secrets_keep_versions_and_stages(killed: Queues) -> None:
    secrets = killed.server.client("secretsmanager")
    stages = ("AWSPREVIOUS", "AWSCURRENT", "AWSPENDING")
    values = {stage: secrets.get_secret_value(SecretId="key", VersionStage=stage)["SecretString"] for stage in stages}
    assert values == {"AWSPREVIOUS": "one", "AWSCURRENT": "two", "AWSPENDING": "three"}
    assert secrets.get_secret_value(SecretId="bytes")["SecretBinary"] == b"\x00\xff"
    listed = secrets.list_secrets()["SecretList"]
    assert {secret["Name"]: secret.get("Description") for secret in listed} == {"key": "signs", "bytes": None}


def test_rules_still_send_events_to_queues(killed: Queues) -> None:
    assert len(killed.receive("events")) == 1, "the event from before the kill"
    killed.server.client("events").put_events(Entries=[_EVENT])
    assert len(killed.receive("events")) == 1


def test_buses_keep_rules_and_tags(killed: Queues) -> None:
    events = killed.server.client("events")
    rules = events.list_rules(EventBusName="bus")["Rules"]
    assert [(rule["Name"], rule["State"]) for rule in rules] == [("all", "ENABLED"), ("off", "DISABLED")]
    bus = events.describe_event_bus(Name="bus")
    assert bus["Description"] == "of tests"
    assert events.list_tags_for_resource(ResourceARN=bus["Arn"])["Tags"] == [{"Key": "team", "Value": "a"}]
