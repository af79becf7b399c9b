"""Sessions of boto3 in the stand-in AWS account."""

from collections.abc import Mapping

import boto3

from local.aws_account import REGION


def session(credentials: Mapping[str, str]) -> boto3.Session:
    """Returns a session with the key pair of the AWS_* variables `credentials`."""
    return boto3.Session(credentials["AWS_ACCESS_KEY_ID"], credentials["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
