"""Writes of several callers to a moto that may be killed, and the check that those that were answered are there."""

import random
import threading
from typing import Any

from tests.support.moto_server import MotoServer


class Writes:
    """Calls to all services. The lock is held for notes alone, so that calls are concurrent."""

    def __init__(self, server: MotoServer) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._chance = random.Random(7)
        self._url = ""
        self._sent: set[str] = set()
        self._maybe_deleted: set[str] = set()
        self._received: dict[str, int] = {}
        self._secrets: dict[str, set[str]] = {}
        self._stored: set[str] = set()

    def prepare(self) -> None:
        """Makes the queue, the table and the bucket."""
        settings = {"VisibilityTimeout": "0"}
        self._url = self._server.client("sqs").create_queue(QueueName="queue", Attributes=settings)["QueueUrl"]
        self._server.client("s3").create_bucket(Bucket="bucket")
        self._server.client("dynamodb").create_table(
            TableName="table",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )

    def any(self, name: str, answered: threading.Semaphore) -> None:
        """Makes one call. Notes and counts it if it was answered."""
        calls = [self._send, self._send, self._receive, self._delete, self._secret, self._item, self._object]
        self._chance.choice(calls)(name)
        answered.release()

    def check(self) -> None:
        """Checks everything that was noted. Removes what a later check would only check again."""
        for name, values in self._secrets.items():
            found = self._server.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
            assert found in values
        table, bucket = self._server.client("dynamodb"), self._server.client("s3")
        items = table.scan(TableName="table")["Items"]
        keys = {each["Key"] for each in bucket.list_objects_v2(Bucket="bucket").get("Contents", [])}
        assert self._stored <= {item["pk"]["S"] for item in items} | keys
        counts = self._counts()
        assert self._sent - self._maybe_deleted <= counts.keys()
        assert not [each for each in counts if counts[each] <= self._received.get(each, 0)], "counts go on"
        for key in keys:
            bucket.delete_object(Bucket="bucket", Key=key)
        self._server.client("sqs").purge_queue(QueueUrl=self._url)
        for notes in (self._sent, self._stored, self._received, self._secrets):
            notes.clear()

    def _counts(self) -> dict[str, int]:
        """Receives each message once more. Returns their receive counts."""
        sqs, found = self._server.client("sqs"), dict[str, int]()
        size = int(
            sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["All"])["Attributes"][
                "ApproximateNumberOfMessages"
            ]
        )
        while len(found) < size:
            page = sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, VisibilityTimeout=2, AttributeNames=["All"]
            )
            for message in page.get("Messages", []):
                found[message["MessageId"]] = int(message["Attributes"]["ApproximateReceiveCount"])
        return found

    def _send(self, name: str) -> None:
        message = self._server.client("sqs").send_message(QueueUrl=self._url, MessageBody=name)["MessageId"]
        with self._lock:
            self._sent.add(message)

    def _take(self) -> list[Any]:
        found = self._server.client("sqs").receive_message(QueueUrl=self._url, AttributeNames=["All"])
        messages: list[Any] = found.get("Messages", [])
        with self._lock:
            for message in messages:
                count = int(message["Attributes"]["ApproximateReceiveCount"])
                self._received[message["MessageId"]] = max(count, self._received.get(message["MessageId"], 0))
        return messages

    def _receive(self, _name: str) -> None:
        self._take()

    def _delete(self, _name: str) -> None:
        for message in self._take():
            with self._lock:
                self._maybe_deleted.add(message["MessageId"])
            self._server.client("sqs").delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def _secret(self, name: str) -> None:
        self._server.client("secretsmanager").create_secret(Name=name, SecretString=name)
        with self._lock:
            self._secrets[name] = {name}
            self._secrets[name].add(f"{name}-2")
        self._server.client("secretsmanager").put_secret_value(SecretId=name, SecretString=f"{name}-2")
        with self._lock:
            self._secrets[name] = {f"{name}-2"}

    def _item(self, name: str) -> None:
        self._server.client("dynamodb").put_item(TableName="table", Item={"pk": {"S": name}})
        with self._lock:
            self._stored.add(name)

    def _object(self, name: str) -> None:
        self._server.client("s3").put_object(Bucket="bucket", Key=name, Body=name.encode())
        with self._lock:
            self._stored.add(name)
