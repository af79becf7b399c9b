"""Segments of the audit log in S3, which keeps each of them under Object Lock by the bucket's default retention."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from maas.adapters.aws.s3_client import client, timely_call

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Another object has the name; or another write to it is under way, whose end a repeated call will see.
_TAKEN, _UNDER_WAY = "PreconditionFailed", "ConditionalRequestConflict"


class S3AuditObjects:
    """The AuditObjects port. `public_endpoint` is the address that clients use. Clients are made by the first call."""

    def __init__(self, bucket: str, endpoint: str = "", public_endpoint: str = "") -> None:
        self._bucket = bucket
        self._endpoint = endpoint
        self._public_endpoint = public_endpoint or endpoint

    def add(self, key: str, body: bytes) -> bool:
        # S3 takes an object under Object Lock only with a checksum.
        request: Any = {"Bucket": self._bucket, "Key": key, "Body": body, "ChecksumAlgorithm": "SHA256"}
        while True:
            with timely_call():
                try:
                    self._s3.put_object(**request, IfNoneMatch="*")
                except ClientError as error:
                    code = error.response["Error"]["Code"]
                    if code == _TAKEN:
                        return False
                    if code != _UNDER_WAY:
                        raise
                    continue
            return True

    def read(self, key: str) -> bytes:
        with timely_call():
            return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def sign(self, key: str, seconds: int) -> str:
        params = {"Bucket": self._bucket, "Key": key}
        return self._signer.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds)

    @cached_property
    def _s3(self) -> "S3Client":
        return client(self._endpoint)

    @cached_property
    def _signer(self) -> "S3Client":
        return client(self._public_endpoint)
