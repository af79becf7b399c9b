"""Answers about the files of a version."""

from datetime import datetime
from typing import Any

from maas.contracts.base import Answer


class FileAnswer(Answer):
    """A file that has passed validation. `details` are what was found in it; `main` is whether it is served."""

    path: str
    size: int
    sha256: str
    main: bool
    format: str
    details: dict[str, Any]


class FilesAnswer(Answer):
    """The files of a version, in the order of their paths' bytes. `digest` is that of their manifest."""

    digest: str
    total_size: int
    files: list[FileAnswer]


class FileDownloadAnswer(Answer):
    """A signed URL for one GET of a file; `size` in bytes, `sha256` in hexadecimal."""

    path: str
    size: int
    sha256: str
    main: bool
    url: str


class DownloadsAnswer(Answer):
    """Signed URLs for all files of a version. `expires_at` less `server_time` does not depend on the caller's clock."""

    version: str
    digest: str
    total_size: int
    expires_at: datetime
    server_time: datetime
    files: list[FileDownloadAnswer]
