"""The manifest of a version: its files in canonical JSON (RFC 8785), whose digest is the version's identity.

docs/api/files.md has an example, from which clients compute the digest of a folder before they send it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from maas.domain.catalog.versions import Artifact
from maas.domain.uploads.sessions import Upload

SCHEMA = 1


class Entry(Protocol):
    """A file as the manifest names it. `sha256` is hexadecimal, `size` is in bytes."""

    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def main(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class OnlyFile:
    """The file of a version that has no list of files. Its name is its path."""

    path: str
    size: int
    sha256: str
    main: bool = True


def manifest(files: Iterable[Entry]) -> bytes:
    """The manifest, with the files in the order of their paths' bytes."""
    ordered = sorted(files, key=lambda file: file.path.encode())
    listed = [{"path": f.path, "size": f.size, "sha256": f.sha256, "main": f.main} for f in ordered]
    # With names in ASCII and integers alone, this is what RFC 8785 writes.
    text = json.dumps({"schema": SCHEMA, "files": listed}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def manifest_digest(files: Iterable[Entry]) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the manifest."""
    return f"sha256:{hashlib.sha256(manifest(files)).hexdigest()}"


def digest_of(upload: Upload, artifact: Artifact) -> str:
    """The digest of the manifest of an upload that has passed validation."""
    return upload.manifest_digest or manifest_digest([OnlyFile(upload.filename, artifact.size, artifact.sha256)])
