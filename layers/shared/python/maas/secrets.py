"""Secrets from AWS Secrets Manager, read once per process."""

from functools import cache

import boto3


@cache
def secret_text(secret_id: str, endpoint: str) -> str:
    """The current text of a secret (name or ARN); `endpoint` empty: AWS itself.

    What goes wrong here is a matter of deployment, so botocore's errors go up to stop the start of the process.
    """
    client = boto3.client("secretsmanager", endpoint_url=endpoint or None)
    return client.get_secret_value(SecretId=secret_id)["SecretString"]
