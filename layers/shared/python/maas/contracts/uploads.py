"""Bodies of the upload and download routes."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body, Integer

# Part URLs that one answer has at most, and the answer to a start.
SIGN_MAX, START_SIGN_MAX = 1000, 32
# Files of one version at most.
FILES_MAX = 1000
# Proofs that one call takes at most.
PROOFS_MAX = 100
# The state of an upload whose parts the store has removed.
DROPPED = "dropped"
# States of a file of a set.
MISSING, STORED = "missing", "stored"


class Part(Body):
    """A part whose URL is to be signed; the checksums are base64.

    `path` names the file of a set; without it, the part is of the main file.
    """

    part_number: Integer
    md5: str = ""
    sha256: str = ""
    path: str = ""


class NewFile(Body):
    """A file of a set. `path` is relative, `size` is in bytes, `sha256` is that of the file in hexadecimal.

    `main`: whether it is the file that is served; exactly one is, and a single file need not say so.
    """

    path: str
    size: Integer
    sha256: str
    main: bool = False


class StartUpload(Body):
    """A new upload: of one file with `filename` and `size`, or of `files`. `size` and `part_size` are in bytes.

    `sha256` is that of the whole file in hexadecimal, given here or on completion.
    The URLs of `parts` are signed at once; without `parts`, those of the first 32.
    `replace`: whether an upload under way, or a file that is not published, gives way to this one.
    `unless_known`: whether the start of one file without `sha256` is refused if the organization may have that file.
    """

    version: str
    filename: str | None = None
    size: Integer | None = None
    sha256: str = ""
    part_size: Integer | None = None
    parts: list[Part] = Field(default_factory=list, max_length=START_SIGN_MAX)
    files: list[NewFile] = Field(default_factory=list, max_length=FILES_MAX)
    replace: bool = False
    unless_known: bool = False


class SignParts(Body):
    parts: list[Part] = Field(min_length=1, max_length=SIGN_MAX)


class CompleteUpload(Body):
    """`sha256` is that of the whole file in hexadecimal; required if the upload was started without it."""

    sha256: str = ""


class FileProof(Body):
    """A hash over the challenge's ranges of the file at `path`: HMAC-SHA256 with the nonce as its key, hexadecimal."""

    path: str
    proof: str


class ProveFiles(Body):
    proofs: list[FileProof] = Field(min_length=1, max_length=PROOFS_MAX)


class PartUrl(Answer):
    """A signed URL: PUT `length` bytes to `url` with all `headers`. `path` is that of the file of a set, or null."""

    path: str | None

    part_number: int
    length: int
    url: str
    headers: dict[str, str]
    expires_at: datetime


class PartUrlsAnswer(Answer):
    """`server_time` is when the answer was made: `expires_at` less this time does not depend on the caller's clock."""

    urls: list[PartUrl]
    server_time: datetime


class KnownFileAnswer(Answer):
    """A file that the organization has, so it need not be sent, if a hash over `ranges` proves that the client has it.

    Each range is an offset and a length in bytes; `nonce` is hexadecimal.
    """

    path: str
    ranges: list[tuple[int, int]]
    nonce: str


class _Upload(Answer):
    """The fields of every upload. `sha256` is null until the client has declared it.

    `replaces` and `replaced_by` are ids of other uploads to the version, or null. The upload of a set has the fields of
    its main file, and a `manifest_digest`, which is null for one file. `reused` has the paths of files that were
    proved, and are not sent. `server_time` is when the answer was made.
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
    manifest_digest: str | None
    file_count: int
    total_size: int
    reused: list[str]
    server_time: datetime


class UploadFileAnswer(Answer):
    """A file of a set. `state` is missing until the store has the whole file, then stored.

    `missing` has the first numbers of the `missing_count` parts that the store has not received.
    """

    path: str
    size: int
    sha256: str
    main: bool
    part_size: int
    part_count: int
    state: str
    missing: list[int]
    missing_count: int


class StartedUploadAnswer(_Upload):
    """An upload that was started, with its `files` if it is of a set, the `urls` of the requested parts, and
    the `known` files, which need not be sent.
    """

    files: list[UploadFileAnswer]
    urls: list[PartUrl]
    known: list[KnownFileAnswer]


class ReceivedPart(Answer):
    part_number: int
    size: int
    etag: str


class UploadAnswer(_Upload):
    """The progress of an upload. `received` and `missing` are empty once it has ended, or the store has dropped it.

    `missing` has the first numbers of the `missing_count` missing parts. For a set, `received` and `missing` are empty,
    `missing_count` counts the parts of all files, and `files` has those of each. `known` files need not be
    sent.
    """

    received: list[ReceivedPart]
    missing: list[int]
    missing_count: int
    files: list[UploadFileAnswer]
    known: list[KnownFileAnswer]


class ProvenFilesAnswer(Answer):
    """`reused` has the paths of all files of the upload that are not sent."""

    upload_id: str
    reused: list[str]


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
