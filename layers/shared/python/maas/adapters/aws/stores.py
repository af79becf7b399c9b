"""Tables, buckets and queues as the readiness report sees them: by their description alone.

Clients are made by the first check, because most cold starts need none.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

# One attempt, shorter than a probe may take.
_CONFIG = Config(connect_timeout=0.8, read_timeout=0.8, retries={"mode": "standard", "total_max_attempts": 1})


class AwsStore:
    """The Store port over one call that describes the store."""

    def __init__(self, describe: Callable[[], object]) -> None:
        self._describe = describe

    def check(self) -> None:
        self._describe()


def table(name: str, endpoint: str = "") -> AwsStore:
    return AwsStore(lambda: _client("dynamodb", endpoint).describe_table(TableName=name))


def bucket(name: str, endpoint: str = "") -> AwsStore:
    return AwsStore(lambda: _client("s3", endpoint).head_bucket(Bucket=name))


def queue(url: str, endpoint: str = "") -> AwsStore:
    return AwsStore(lambda: _client("sqs", endpoint).get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]))


@cache
def _client(service: Any, endpoint: str) -> Any:
    addressing = Config(s3={"addressing_style": "path" if endpoint else "virtual"})
    return boto3.client(service, endpoint_url=endpoint or None, config=_CONFIG.merge(addressing))
