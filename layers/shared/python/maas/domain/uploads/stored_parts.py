"""Parts of files in the object store."""

from dataclasses import dataclass

# Seconds for which signed URLs of parts and files are valid.
SIGNED_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part in the object store. `size` is in bytes, `etag` has its quotes.

    `sha256` (base64) is set if the parts of the upload have checksums.
    """

    number: int
    size: int
    etag: str
    sha256: str = ""
