"""A bucket on a server that simulates S3."""

import boto3

BUCKET = "artifacts"


def make_bucket(endpoint: str) -> None:
    """Creates a versioned bucket, like the template's."""
    s3 = boto3.client("s3", endpoint_url=endpoint)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
