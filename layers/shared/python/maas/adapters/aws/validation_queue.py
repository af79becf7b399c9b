"""The queue of finished uploads in SQS."""

import json

import boto3
from botocore import exceptions

from maas.adapters.aws import call_time
from maas.domain.errors import Unavailable


class SqsValidationQueue:
    """The ValidationQueue port. `endpoint` empty means AWS itself."""

    def __init__(self, url: str, endpoint: str = "") -> None:
        self._url = url
        self._sqs = boto3.client("sqs", endpoint_url=endpoint or None, config=call_time.config())

    def send(self, upload_id: str, tenant_id: str, delay: int = 0) -> None:
        call_time.check_time_left()
        body = json.dumps({"upload_id": upload_id, "tenant_id": tenant_id})
        try:
            self._sqs.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay)
        except (exceptions.ClientError, exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            raise Unavailable("the validation queue does not answer") from error
