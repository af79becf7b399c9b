"""The adapter of the validation queue, with SQS simulated by moto."""

import json
from collections.abc import Iterator

import boto3
import pytest

from maas.adapters.aws.validation_queue import SqsValidationQueue
from maas.domain.errors import Unavailable
from tests.support.aws import moto_endpoint


@pytest.fixture(scope="module")
def endpoint(credentials: None) -> Iterator[str]:
    with moto_endpoint() as found:
        yield found


def test_a_message_names_upload_and_tenant(endpoint: str) -> None:
    sqs = boto3.client("sqs", endpoint_url=endpoint)
    url = sqs.create_queue(QueueName="validation")["QueueUrl"]
    SqsValidationQueue(url, endpoint).send("the-upload", "acme")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"upload_id": "the-upload", "tenant_id": "acme"}


def test_a_queue_that_does_not_exist_is_unavailable(endpoint: str) -> None:
    with pytest.raises(Unavailable):
        SqsValidationQueue(f"{endpoint}/000000000000/nowhere", endpoint).send("the-upload", "acme")
