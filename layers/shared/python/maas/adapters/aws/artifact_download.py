"""Downloads an artifact from S3 in parallel byte ranges, straight into its file."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from maas.adapters.aws.s3_client import BROKEN_BODY, client, translated_errors
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import ArtifactDamaged, ArtifactUnavailable, Unavailable
from maas.platform.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

RANGE = 16 * 1024 * 1024
CONNECTIONS = 4
_CHUNK = 256 * 1024
# S3's codes for an object that is not the one of the first range any more, and for one without such bytes.
_CHANGED = frozenset({"PreconditionFailed", "412", "InvalidRange", "416"})


class ArtifactDownload:
    """Downloads objects of one bucket. `range_bytes` is the length of a range, `connections` how many run at once.

    Each connection holds one chunk of 256 KiB in memory, however large the object is.
    """

    def __init__(
        self, bucket: str, endpoint: str = "", *, range_bytes: int = RANGE, connections: int = CONNECTIONS
    ) -> None:
        self._bucket = bucket
        self._s3 = client(endpoint)
        self._range, self._connections = range_bytes, connections

    def __call__(self, artifact: Artifact, path: Path) -> str:
        """Writes the object's bytes into the file at `path`. Returns their SHA-256 in hexadecimal.

        All ranges are of one object: of its version where the store has versions, and of its ETag. The digest is that
        of the file's bytes, which are read from the page cache while later ranges arrive.

        Raises:
            NotFound: the store does not have the object.
            ArtifactUnavailable: the store refuses to answer this caller.
            ArtifactDamaged: the object has another size, or was replaced during the download.
            Unavailable: the store does not answer, or breaks off twice in one range.
        """
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with _translated(), ThreadPoolExecutor(self._connections, "download") as pool:
                try:
                    return self._digest(file, artifact, self._parts(pool, file, artifact))
                finally:  # after a fault of one range the others are not begun
                    pool.shutdown(wait=True, cancel_futures=True)
        finally:
            os.close(file)

    def _parts(self, pool: ThreadPoolExecutor, file: int, artifact: Artifact) -> "list[Future[None]]":
        """Begins the download. Returns its ranges in order."""
        first = self._get(artifact, 0)
        if _size_of(first) != artifact.size:
            first["Body"].close()
            raise ArtifactDamaged("its size is another one")
        etag = first["ETag"]
        parts = [pool.submit(self._part, file, artifact, 0, etag, first)]
        starts = range(self._range, artifact.size, self._range)
        return parts + [pool.submit(self._part, file, artifact, start, etag) for start in starts]

    def _part(
        self, file: int, artifact: Artifact, start: int, etag: str, answer: "GetObjectOutputTypeDef | None" = None
    ) -> None:
        """Downloads one range. If its body breaks off it is asked for once more, which boto3 itself does not do."""
        length = min(self._range, artifact.size - start)
        try:
            _write(file, start, length, answer or self._get(artifact, start, IfMatch=etag))
        except BROKEN_BODY:
            again = self._get(artifact, start, IfMatch=etag)
            try:
                _write(file, start, length, again)
            except BROKEN_BODY as error:  # as MinIO answers an object that is damaged on its disk
                logger.error("the object store breaks off an object", key=artifact.storage_key, start=start)
                raise Unavailable("the object store breaks off the model's file; try again") from error

    def _get(self, artifact: Artifact, start: int, **condition: str) -> "GetObjectOutputTypeDef":
        version = {"VersionId": artifact.object_version} if artifact.object_version else {}
        place: Any = {"Bucket": self._bucket, "Key": artifact.storage_key, **version, **condition}
        return self._s3.get_object(**place, Range=f"bytes={start}-{start + self._range - 1}")

    def _digest(self, file: int, artifact: Artifact, parts: "list[Future[None]]") -> str:
        digest = hashlib.sha256()
        for number, part in enumerate(parts):
            part.result()
            end = min((number + 1) * self._range, artifact.size)
            for place in range(number * self._range, end, _CHUNK):
                digest.update(os.pread(file, min(_CHUNK, end - place), place))
        return digest.hexdigest()


def _write(file: int, start: int, length: int, answer: "GetObjectOutputTypeDef") -> None:
    """Writes a range's bytes to their place in the file. Raises ArtifactDamaged if it has another length."""
    if answer["ContentLength"] != length:
        raise ArtifactDamaged("a range of it has another length")
    for chunk in answer["Body"].iter_chunks(_CHUNK):
        _write_all(file, chunk, start)
        start += len(chunk)


def _write_all(file: int, chunk: bytes, place: int) -> None:
    left = memoryview(chunk)
    while left:
        written = os.pwrite(file, left, place)
        left, place = left[written:], place + written


def _size_of(answer: "GetObjectOutputTypeDef") -> int:
    """The size of the whole object, from `bytes 0-99/1234`; without that header the answer is the whole object."""
    total = answer.get("ContentRange", "").rpartition("/")[2]
    return int(total) if total.isdecimal() else answer["ContentLength"]


@contextmanager
def _translated() -> Iterator[None]:
    # S3 answers 403 for an absent object to a role that may not list the bucket.
    with translated_errors(refused=ArtifactUnavailable):
        try:
            yield
        except ClientError as error:
            if error.response["Error"]["Code"] in _CHANGED:
                raise ArtifactDamaged("it was replaced during the download, or is empty") from error
            raise
