"""S3, or a server that speaks its protocol: the client, the translation of its errors, and removal."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError

from maas.adapters.aws import call_time
from maas.domain.errors import InvalidInput, MaasError, NotFound, Rule, Unavailable
from maas.platform.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BROKEN_PARTS = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall"})
# Also a version that is gone, and one that is a delete marker (405).
_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed", "405"})
# The ways in which reading the body of an answer fails.
BROKEN_BODY = (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.IncompleteReadError)
_NO_ANSWER = (
    *BROKEN_BODY,
    exceptions.NoCredentialsError,
    exceptions.CredentialRetrievalError,
)
_BUSY = frozenset({"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException"})


@functools.cache
def client(endpoint: str) -> "S3Client":
    """The one client of a process at the endpoint; empty means AWS itself. Threads may share it.

    Checksums are sent only on request. By default botocore would put one of its own choice into signed URLs.
    """
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if endpoint else "virtual"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.client("s3", endpoint_url=endpoint or None, config=call_time.config().merge(config))


def remove(s3: "S3Client", bucket: str, key: str) -> None:
    """Removes all versions of an object; idempotent. Raises Unavailable."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    with timely_call():
        for page in pages:
            for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                if version["Key"] == key:
                    call_time.check_time_left()
                    s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])


@contextmanager
def timely_call() -> Iterator[None]:
    """Raises as `translated_errors` does, and Unavailable at once if too little time is left for the call."""
    call_time.check_time_left()
    with translated_errors():
        yield


@contextmanager
def translated_errors(refused: type[Unavailable] = Unavailable) -> Iterator[None]:
    """Raises S3's errors as NotFound, InvalidInput (parts) or Unavailable.

    Other answers, such as a missing permission, are faults of the deployment: they are logged and raised as `refused`.
    """
    try:
        yield
    except ClientError as error:
        raise _domain_error(error, refused) from error
    except _NO_ANSWER as error:
        raise Unavailable("the object store does not answer") from error


def _domain_error(error: ClientError, refused: type[Unavailable]) -> MaasError:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "NoSuchUpload":
        return NotFound("the object store does not have this upload any more")
    if code in _ABSENT:
        return NotFound("the object store does not have this object")
    if code in _BROKEN_PARTS:
        return InvalidInput.of("parts", Rule.STORE, "the object store does not accept these parts")
    if code in _BUSY:
        return Unavailable("the object store does not answer")
    if status >= 500:  # also for one object that is damaged on the store's disk
        logger.error("the object store fails", operation=error.operation_name, code=code)
        return Unavailable("the object store answers with a failure of its own")
    logger.error("the object store refuses a call", operation=error.operation_name, code=code)
    return refused("the object store refuses a call")
