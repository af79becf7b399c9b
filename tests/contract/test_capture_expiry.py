"""Files of captured predictions expire on MinIO, by their tag and the rules of the template's bucket."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.template.buckets import BucketKeeper
from local.template.document import Template
from maas.adapters.aws.captures import S3Captures
from maas.domain.capturing.captures import KEEP_DAYS, new_key
from maas.domain.ids import new_id
from tests.support.aws import ROOT

BUCKET_NAME = "expiring"
NOT_LOCAL = ("LoggingConfiguration", "MetricsConfigurations", "OwnershipControls", "Tags")


@pytest.fixture(scope="module")
def endpoint(minio_s3: str) -> str:
    """MinIO with the template's bucket, by the local stack's own code."""
    template = Template(ROOT / "template.yaml", {"AwsEndpoint": minio_s3})
    properties = template.properties("ArtifactsBucket", NOT_LOCAL)
    BucketKeeper(boto3.client("s3", endpoint_url=minio_s3), []).ensure("ArtifactsBucket", BUCKET_NAME, properties)
    return minio_s3


def stored(endpoint: str, keep_days: int, days_ago: int = 0) -> str:
    """The key of a new file, which the store takes for one of so many days ago."""
    key, store = new_key(new_id(), new_id(), keep_days), S3Captures(BUCKET_NAME, endpoint)
    at = (datetime.now(UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")

    def date_back(params: dict[str, Any], **_: object) -> None:
        # As MinIO copies an object to another MinIO.
        headers = {"Replication-Request": "true", "Mtime": at, "Etag": "0" * 32}
        params["headers"] |= {f"X-Minio-Source-{name}": value for name, value in headers.items()}

    events = store._s3.meta.events
    if days_ago:
        events.register("before-call.s3.PutObject", date_back)
    store.put(key, b"inputs", keep_days)
    events.unregister("before-call.s3.PutObject", date_back)  # the client is that of all stores at the endpoint
    return key


def found(endpoint: str, key: str) -> Any:
    """The answer about a file; None if the store has it no more."""
    try:
        return boto3.client("s3", endpoint_url=endpoint).head_object(Bucket=BUCKET_NAME, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        return None


@pytest.mark.parametrize("days", KEEP_DAYS)
def test_the_store_names_the_rule_and_the_day_of_each_number_of_days(endpoint: str, days: int) -> None:
    before = datetime.now(UTC)
    told = found(endpoint, stored(endpoint, days))["Expiration"]
    rule = "captures" if days == max(KEEP_DAYS) else f"captures-{days}"
    ends = {(at + timedelta(days=days + 1)).strftime("%a, %d %b %Y") for at in (before, datetime.now(UTC))}
    assert told in {f'expiry-date="{end} 00:00:00 GMT", rule-id="{rule}"' for end in ends}


def test_the_store_removes_a_file_when_the_days_of_its_tag_are_over(endpoint: str) -> None:
    for days, ago, stays in ((1, 3, False), (7, 3, True), (7, 9, False), (30, 9, True), (90, 92, False)):
        assert bool(found(endpoint, stored(endpoint, days, ago))) is stays, (days, ago)
