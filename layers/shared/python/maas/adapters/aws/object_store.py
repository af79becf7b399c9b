"""Files in S3 or in a server that speaks its protocol."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from maas.adapters.aws.s3_client import client, remove, timely_call, translated_errors
from maas.domain.errors import ArtifactUnavailable, NotFound, Unavailable
from maas.domain.uploads.filenames import ascii_name
from maas.domain.uploads.stored_parts import SIGNED_SECONDS, StoredPart

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

_CHUNK = 1024 * 1024
# S3 keeps headers of a PUT with the object. A download answers these in place of them: the bytes are sent as they were
# checked, so a client must not decode them, and the URL is a secret.
_AS_STORED = {"ResponseContentEncoding": "identity", "ResponseCacheControl": "private, no-cache"}


class S3ObjectStore:
    """The ObjectStore port. `public_endpoint` is the address that clients use, since a signature includes the host."""

    def __init__(self, bucket: str, endpoint: str = "", public_endpoint: str = "") -> None:
        self._bucket = bucket
        self._s3 = client(endpoint)
        self._signer = client(public_endpoint or endpoint)

    def begin(self, key: str, *, checksums: bool) -> str:
        algorithm: Any = {"ChecksumAlgorithm": "SHA256"} if checksums else {}
        with timely_call():
            begun = self._s3.create_multipart_upload(Bucket=self._bucket, Key=key, **algorithm)
        return begun["UploadId"]

    def sign_part(
        self, key: str, storage_upload_id: str, number: int, length: int, *, md5: str = "", sha256: str = ""
    ) -> tuple[str, dict[str, str]]:
        bound = {"ContentLength": length, "ContentMD5": md5, "ChecksumSHA256": sha256}
        url = self._sign(
            "upload_part",
            {**self._upload(key, storage_upload_id), "PartNumber": number, **{k: v for k, v in bound.items() if v}},
        )
        headers = {"content-length": str(length), "content-md5": md5, "x-amz-checksum-sha256": sha256}
        return url, {name: value for name, value in headers.items() if value}

    def sign_object(self, key: str, length: int, sha256: str, *, md5: str = "") -> tuple[str, dict[str, str]]:
        bound = {"ContentLength": length, "ContentMD5": md5, "ChecksumSHA256": sha256}
        given = {name: value for name, value in bound.items() if value or name == "ContentLength"}
        url = self._sign("put_object", {"Bucket": self._bucket, "Key": key, **given})
        headers = {"content-length": str(length), "content-md5": md5, "x-amz-checksum-sha256": sha256}
        return url, {name: value for name, value in headers.items() if value}

    def is_open(self, key: str, storage_upload_id: str) -> bool:
        try:
            with timely_call():
                self._s3.list_parts(**self._upload(key, storage_upload_id), MaxParts=1)
        except NotFound:
            return False
        return True

    def parts(self, key: str, storage_upload_id: str) -> list[StoredPart]:
        pages = self._s3.get_paginator("list_parts").paginate(**self._upload(key, storage_upload_id))
        with timely_call():
            return [_stored(part) for page in pages for part in page.get("Parts", ())]

    def finish(self, key: str, storage_upload_id: str, parts: Sequence[StoredPart]) -> None:
        with timely_call():
            self._s3.complete_multipart_upload(
                **self._upload(key, storage_upload_id), MultipartUpload={"Parts": [_completed(part) for part in parts]}
            )

    def abort(self, key: str, storage_upload_id: str) -> None:
        try:
            with timely_call():
                self._s3.abort_multipart_upload(**self._upload(key, storage_upload_id))
        except NotFound:
            return

    def sign_download(self, key: str, object_version: str, filename: str) -> str:
        response_headers = {
            "ResponseContentDisposition": _attachment(filename),
            "ResponseContentType": "application/octet-stream",
            **_AS_STORED,
        }
        return self._sign("get_object", {**self._object(key, object_version), **response_headers})

    def size(self, key: str) -> int | None:
        try:
            with timely_call():
                return self._s3.head_object(Bucket=self._bucket, Key=key)["ContentLength"]
        except NotFound:
            return None

    def sizes(self, prefix: str) -> Mapping[str, int]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with timely_call():
            return {found["Key"]: found["Size"] for page in pages for found in page.get("Contents", ())}

    def read(self, key: str, offset: int, length: int) -> bytes:
        part = f"bytes={offset}-{offset + length - 1}"
        with timely_call():
            return self._s3.get_object(Bucket=self._bucket, Key=key, Range=part)["Body"].read()

    def fetch(
        self, key: str, path: str, object_version: str = "", seconds: float | None = None
    ) -> tuple[str, int, str]:
        end = None if seconds is None else time.monotonic() + seconds
        # A prediction ends by its own timeout, and a check by `seconds`.
        # S3 answers 403 for an absent object to a role that may not list the bucket.
        with translated_errors(refused=ArtifactUnavailable):
            found = self._s3.get_object(**self._object(key, object_version))
            sha256, size = _write(_until(end, found["Body"].iter_chunks(_CHUNK)), path)
        return sha256, size, found.get("VersionId", "")

    def write(self, key: str, content: bytes) -> None:
        with timely_call():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content)

    def remove(self, key: str) -> None:
        remove(self._s3, self._bucket, key)

    def keys(self, prefix: str, after: str, limit: int) -> tuple[list[str], bool]:
        place: Any = {"Bucket": self._bucket, "Prefix": prefix, **({"KeyMarker": after} if after else {})}
        with timely_call():
            page = self._s3.list_object_versions(**place, MaxKeys=limit)
        found = {version["Key"] for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))}
        return sorted(found), page["IsTruncated"]

    def begun(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        with timely_call():
            page = self._s3.list_multipart_uploads(Bucket=self._bucket, Prefix=prefix, MaxUploads=limit)
        return [(upload["Key"], upload["UploadId"]) for upload in page.get("Uploads", ())]

    def _object(self, key: str, object_version: str) -> Any:
        return {"Bucket": self._bucket, "Key": key, **({"VersionId": object_version} if object_version else {})}

    def _upload(self, key: str, storage_upload_id: str) -> Any:
        return {"Bucket": self._bucket, "Key": key, "UploadId": storage_upload_id}

    def _sign(self, operation: str, params: dict[str, Any]) -> str:
        return self._signer.generate_presigned_url(operation, Params=params, ExpiresIn=SIGNED_SECONDS)


def _attachment(filename: str) -> str:
    """The header Content-Disposition (RFC 6266, appendix D): the second name is for clients that read UTF-8."""
    plain = ascii_name(filename)
    other = f"; filename*=UTF-8''{quote(filename, safe='+')}" if plain != filename else ""
    return f'attachment; filename="{plain}"{other}'


def _stored(part: "PartTypeDef") -> StoredPart:
    return StoredPart(part["PartNumber"], part["Size"], part["ETag"], part.get("ChecksumSHA256", ""))


def _completed(part: StoredPart) -> "CompletedPartTypeDef":
    found: CompletedPartTypeDef = {"PartNumber": part.number, "ETag": part.etag}
    return {**found, "ChecksumSHA256": part.sha256} if part.sha256 else found


def _until(end: float | None, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, as long as they arrive before `end` (monotonic clock). Raises Unavailable at the first later one."""
    for chunk in chunks:
        if end is not None and time.monotonic() >= end:
            raise Unavailable("the object store is too slow")
        yield chunk


def _write(chunks: Iterable[bytes], path: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with Path(path).open("wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            size += file.write(chunk)
    return digest.hexdigest(), size
