"""Files of captured predictions in S3, or in a server that speaks its protocol."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.s3_client import client, timely_call
from maas.domain.capturing.captures import CaptureFile, captures_prefix

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Captures:
    """The ports CaptureWriter and CaptureFiles. `public_endpoint` is the address that clients use.

    A tag says for how long a file is kept; rules of the bucket's lifecycle remove files by it.
    """

    def __init__(self, bucket: str, endpoint: str = "", public_endpoint: str = "") -> None:
        self._bucket, self._endpoint, self._public_endpoint = bucket, endpoint, public_endpoint

    @cached_property
    def _s3(self) -> "S3Client":
        """The client, made at the first call, so that no start of a function waits for it."""
        return client(self._endpoint)

    @cached_property
    def _signer(self) -> S3ObjectStore:
        return S3ObjectStore(self._bucket, self._endpoint, self._public_endpoint)

    def put(self, key: str, content: bytes, keep_days: int) -> None:
        with timely_call():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, Tagging=f"keep={keep_days}")

    def page(self, tenant_id: str, model_id: str, *, limit: int, after: str) -> tuple[Sequence[CaptureFile], bool]:
        prefix = captures_prefix(tenant_id, model_id)
        with timely_call():
            found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=prefix, StartAfter=after, MaxKeys=limit)
        files = [CaptureFile(each["Key"], each["Size"]) for each in found.get("Contents", ())]
        return files, found["IsTruncated"]

    def sign(self, file: CaptureFile) -> str:
        return self._signer.sign_download(file.key, "", file.name)
