"""Files. Every method that calls the store raises Unavailable if it does not answer."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from maas.domain.uploads.stored_parts import StoredPart


class ObjectStore(Protocol):
    """Files in S3. Keys come from maas.domain.uploads.sessions.storage_key."""

    def begin(self, key: str, *, checksums: bool) -> str:
        """Begins a multipart upload and returns the store's id for it.

        `checksums`: whether every part will carry its SHA-256 or none will. S3 rejects a mixture.
        """
        ...

    def sign_part(
        self, key: str, storage_upload_id: str, number: int, length: int, *, md5: str = "", sha256: str = ""
    ) -> tuple[str, dict[str, str]]:
        """A URL for one PUT of exactly `length` bytes, valid for SIGNED_SECONDS, and the headers to send with it.

        `md5` and `sha256`, both base64, bind the part's content to the signature.
        """
        ...

    def sign_object(self, key: str, length: int, sha256: str, *, md5: str = "") -> tuple[str, dict[str, str]]:
        """A URL for one PUT of a whole object, valid for SIGNED_SECONDS, and the headers to send with it.

        The store takes exactly `length` bytes with this SHA-256 (base64), and no others.
        """
        ...

    def is_open(self, key: str, storage_upload_id: str) -> bool:
        """Returns whether the store takes parts of the upload: it was not finished, aborted or dropped."""
        ...

    def parts(self, key: str, storage_upload_id: str) -> list[StoredPart]:
        """The parts that the store has received, by number. Raises NotFound if the upload is finished or aborted."""
        ...

    def finish(self, key: str, storage_upload_id: str, parts: Sequence[StoredPart]) -> None:
        """Assembles the object from its parts. Raises NotFound (upload), InvalidInput (parts)."""
        ...

    def abort(self, key: str, storage_upload_id: str) -> None:
        """Aborts the upload and removes the parts received. Idempotent."""
        ...

    def sign_download(self, key: str, object_version: str, filename: str) -> str:
        """A URL for one GET, valid for SIGNED_SECONDS. Browsers save the response as `filename`, which must be plain
        (domain.uploads.filenames).
        """
        ...

    def size(self, key: str) -> int | None:
        """The size of the finished object in bytes; None if there is none."""
        ...

    def sizes(self, prefix: str) -> Mapping[str, int]:
        """The sizes of all finished objects below a prefix, by key, in one listing of 1,000 a page."""
        ...

    def read(self, key: str, offset: int, length: int) -> bytes:
        """A part of the object. Raises NotFound."""
        ...

    def fetch(
        self, key: str, path: str, object_version: str = "", seconds: float | None = None
    ) -> tuple[str, int, str]:
        """Streams the object into the file at `path`.

        Returns the SHA-256 (hexadecimal), the size in bytes and the store's version id ("" if it keeps no versions).
        Raises NotFound, ArtifactUnavailable (the store refuses to answer this caller), and Unavailable also if the
        object has not arrived within `seconds`.
        """
        ...

    def write(self, key: str, content: bytes) -> None:
        """Stores a small object of our own; one with this key is replaced."""
        ...

    def remove(self, key: str) -> None:
        """Removes all versions of the object. Idempotent."""
        ...

    def keys(self, prefix: str, after: str, limit: int) -> tuple[list[str], bool]:
        """Keys of objects, also of those with old versions only, in order, and whether there are more.

        A page has at most `limit` versions of objects, behind the key `after`, which must exist unless it is empty.
        """
        ...

    def begun(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        """At most `limit` uploads that are open in the store: key, and the store's id.

        MinIO finds them only if `prefix` is the whole key.
        """
        ...
