"""An object store in memory that is as strict as S3 about signed URLs."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maas.domain.errors import NotFound, Unavailable
from maas.domain.ids import new_id
from maas.domain.uploads.stored_parts import StoredPart


@dataclass(frozen=True)
class _Signed:
    """The request that one signed URL allows."""

    key: str
    upload_id: str = ""
    number: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class FakeObjectStore:
    """`objects` holds finished objects by key; `open` holds the parts of open uploads by (key, id), then by number."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.open: dict[tuple[str, str], dict[int, bytes]] = {}
        self._with_checksums: set[str] = set()
        self._signed: dict[str, _Signed] = {}

    def begin(self, key: str, *, checksums: bool) -> str:
        upload_id = new_id()
        self.open[key, upload_id] = {}
        if checksums:
            self._with_checksums.add(upload_id)
        return upload_id

    def sign_part(
        self, key: str, storage_upload_id: str, number: int, length: int, *, md5: str = "", sha256: str = ""
    ) -> tuple[str, dict[str, str]]:
        given = {"content-length": str(length), "content-md5": md5, "x-amz-checksum-sha256": sha256}
        headers = {name: value for name, value in given.items() if value}
        return self._sign(_Signed(key, storage_upload_id, number, headers)), headers

    def sign_object(self, key: str, length: int, sha256: str, *, md5: str = "") -> tuple[str, dict[str, str]]:
        return self.sign_part(key, "", 0, length, md5=md5, sha256=sha256)

    def is_open(self, key: str, storage_upload_id: str) -> bool:
        return (key, storage_upload_id) in self.open

    def parts(self, key: str, storage_upload_id: str) -> list[StoredPart]:
        parts, checksums = self._parts(key, storage_upload_id), storage_upload_id in self._with_checksums
        return [_stored(number, parts[number], checksums=checksums) for number in sorted(parts)]

    def finish(self, key: str, storage_upload_id: str, parts: Sequence[StoredPart]) -> None:
        contents = self._parts(key, storage_upload_id)
        self.objects[key] = b"".join(contents[part.number] for part in parts)
        del self.open[key, storage_upload_id]

    def abort(self, key: str, storage_upload_id: str) -> None:
        self.open.pop((key, storage_upload_id), None)

    def sign_download(self, key: str, object_version: str, filename: str) -> str:
        return self._sign(_Signed(key))

    def size(self, key: str) -> int | None:
        return len(self.objects[key]) if key in self.objects else None

    def sizes(self, prefix: str) -> Mapping[str, int]:
        return {key: len(content) for key, content in self.objects.items() if key.startswith(prefix)}

    def read(self, key: str, offset: int, length: int) -> bytes:
        return self._object(key)[offset : offset + length]

    def fetch(
        self, key: str, path: str, object_version: str = "", seconds: float | None = None
    ) -> tuple[str, int, str]:
        content = self._object(key)
        if seconds is not None and seconds <= 0:
            raise Unavailable("the object store is too slow")
        Path(path).write_bytes(content)
        return hashlib.sha256(content).hexdigest(), len(content), ""

    def write(self, key: str, content: bytes) -> None:
        self.objects[key] = content

    def remove(self, key: str) -> None:
        self.objects.pop(key, None)

    def keys(self, prefix: str, after: str, limit: int) -> tuple[list[str], bool]:
        found = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        return found[:limit], len(found) > limit

    def begun(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        return sorted(upload for upload in self.open if upload[0].startswith(prefix))[:limit]

    def put(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """Handles a client's PUT and returns the HTTP status."""
        signed = self._signed.get(url)
        if signed is None or dict(headers) != signed.headers or len(content) != int(headers["content-length"]):
            return 403
        if not _matches(content, headers):
            return 400
        if not signed.upload_id:
            self.objects[signed.key] = content
            return 200
        if (signed.key, signed.upload_id) not in self.open:
            return 404
        self.open[signed.key, signed.upload_id][signed.number] = content
        return 200

    def get(self, url: str) -> bytes:
        """Handles a client's GET and returns the object."""
        return self._object(self._signed[url].key)

    def _sign(self, signed: _Signed) -> str:
        url = f"https://store.test/{signed.key}?signature={new_id()}"
        self._signed[url] = signed
        return url

    def _parts(self, key: str, storage_upload_id: str) -> dict[int, bytes]:
        if (key, storage_upload_id) not in self.open:
            raise NotFound("the object store does not have this upload any more")
        return self.open[key, storage_upload_id]

    def _object(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFound("the object store does not have this object")
        return self.objects[key]


def base64_digest(content: bytes, algorithm: str) -> str:
    return base64.b64encode(hashlib.new(algorithm, content).digest()).decode()


def _stored(number: int, content: bytes, *, checksums: bool) -> StoredPart:
    sha256 = base64_digest(content, "sha256") if checksums else ""
    return StoredPart(number, len(content), f'"{hashlib.md5(content).hexdigest()}"', sha256)


def _matches(content: bytes, headers: Mapping[str, str]) -> bool:
    bound = {"content-md5": "md5", "x-amz-checksum-sha256": "sha256"}
    return all(headers[h] == base64_digest(content, algorithm) for h, algorithm in bound.items() if h in headers)
