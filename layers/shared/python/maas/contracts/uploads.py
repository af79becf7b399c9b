"""Bodies of the upload and download routes, and the message to the validator."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body, Integer

# Part URLs that one answer has at most, and the answer to a start.
SIGN_MAX, START_SIGN_MAX = 1000, 16
# The state of an upload whose parts the store has removed.
DROPPED = "dropped"


class Part(Body):
    """A part whose URL is to be signed; the checksums are base64."""

    part_number: Integer
    md5: str = ""
    sha256: str = ""


class StartUpload(Body):
    """A new upload. `size` and `part_size` are in bytes.

    `sha256` is that of the whole file in hexadecimal, given here or on completion.
    The URLs of `parts` are signed at once; without `parts`, those of the first 16.
    `replace`: whether an upload under way, or a file that is not published, gives way to this one.
    """

    version: str
    filename: str
    size: Integer
    sha256: str = ""
    part_size: Integer | None = None
    parts: list[Part] = Field(default_factory=list, max_length=START_SIGN_MAX)
    replace: bool = False


class SignParts(Body):
    parts: list[Part] = Field(min_length=1, max_length=SIGN_MAX)


class CompleteUpload(Body):
    """`sha256` is that of the whole file in hexadecimal; required if the upload was started without it."""

    sha256: str = ""


class PartUrl(Answer):
    """A signed URL: PUT `length` bytes to `url` with all `headers`."""

    part_number: int
    length: int
    url: str
    headers: dict[str, str]
    expires_at: datetime


class PartUrlsAnswer(Answer):
    """`server_time` is when the answer was made: `expires_at` less this time does not depend on the caller's clock."""

    urls: list[PartUrl]
    server_time: datetime


class _Upload(Answer):
    """The fields of every upload. `sha256` is null until the client has declared it.

    `replaces` and `replaced_by` are ids of other uploads to the version, or null. `server_time` is when the answer was
    made.
    """

    upload_id: str
    model_id: str
    version: str
    state: str
    filename: str
    size: int
    sha256: str | None
    part_size: int
    part_count: int
    created_at: datetime
    expires_at: datetime
    replaces: str | None
    replaced_by: str | None
    server_time: datetime


class StartedUploadAnswer(_Upload):
    """An upload that was started, with the `urls` of the requested parts."""

    urls: list[PartUrl]


class ReceivedPart(Answer):
    part_number: int
    size: int
    etag: str


class UploadAnswer(_Upload):
    """The progress of an upload. `received` and `missing` are empty once it has ended, or the store has dropped it.

    `missing` has the first numbers of the `missing_count` missing parts.
    """

    received: list[ReceivedPart]
    missing: list[int]
    missing_count: int


class CompletedUploadAnswer(Answer):
    """`state` is the state that the call gives the version, which is validating; a repeated call answers the same."""

    upload_id: str
    version: str
    state: str


class DownloadAnswer(Answer):
    """A signed URL for one GET; `size` in bytes, `sha256` in hexadecimal."""

    url: str
    expires_at: datetime
    server_time: datetime
    filename: str
    size: int
    sha256: str
    version: str


class FinishedUpload(Body):
    """The queue message about an upload whose file must be validated."""

    upload_id: str
    tenant_id: str
