"""Uploads and downloads between the use cases and the contract."""

from collections.abc import Sequence
from typing import Any

from maas.contracts.uploads import (
    DROPPED,
    MISSING,
    STORED,
    CompletedUploadAnswer,
    DownloadAnswer,
    KnownFileAnswer,
    Part,
    PartUrl,
    PartUrlsAnswer,
    ProveFiles,
    ProvenFilesAnswer,
    ReceivedPart,
    StartedUploadAnswer,
    StartUpload,
    UploadAnswer,
    UploadFileAnswer,
)
from maas.domain.catalog.versions import VersionState
from maas.domain.clock import now
from maas.domain.errors import InvalidInput, Rule
from maas.domain.uploads.files import DeclaredFile
from maas.domain.uploads.sessions import Upload
from maas.services.downloads import Download
from maas.services.possession import KnownFile, Proof
from maas.services.upload_parts import LISTED_MAX, PartRequest, SignedPart
from maas.services.upload_sets import FileProgress, NewSet, new_progress
from maas.services.uploads import NewUpload, Progress, Started

# Fields of the upload of one file.
_OF_ONE_FILE = ("filename", "size", "sha256", "part_size", "parts", "unless_known")


def new_upload(body: StartUpload) -> NewUpload | NewSet:
    """Raises InvalidInput if the body is neither of one file nor of files, or of both."""
    if "files" in body.model_fields_set:
        return _new_set(body)
    for name in ("filename", "size"):
        if getattr(body, name) is None:
            raise InvalidInput.of(name, Rule.REQUIRED, "is required for one file; send files for several")
    return NewUpload(
        version=body.version,
        filename=body.filename or "",
        size=body.size or 0,
        sha256=body.sha256,
        part_size=body.part_size,
        parts=part_requests(body.parts),
        replace=body.replace,
        unless_known=body.unless_known,
    )


def _new_set(body: StartUpload) -> NewSet:
    if also := [name for name in _OF_ONE_FILE if name in body.model_fields_set]:
        raise InvalidInput.of(also[0], Rule.EXCLUSIVE, "must not be given together with files")
    files = tuple(DeclaredFile(**file.model_dump()) for file in body.files)
    return NewSet(version=body.version, files=files, replace=body.replace)


def part_requests(parts: Sequence[Part]) -> tuple[PartRequest, ...]:
    return tuple(PartRequest(part.part_number, part.md5, part.sha256, part.path) for part in parts)


def part_urls_answer(signed: Sequence[SignedPart]) -> PartUrlsAnswer:
    return PartUrlsAnswer(urls=_part_urls(signed), server_time=now())


def proofs(body: ProveFiles) -> list[Proof]:
    return [Proof(given.path, given.proof) for given in body.proofs]


def started_upload_answer(started: Started) -> StartedUploadAnswer:
    new = (new_progress(file) for file in started.upload.files)
    return StartedUploadAnswer(
        **_fields(started.upload),
        files=[*map(_file_answer, new)],
        urls=_part_urls(started.urls),
        known=_known(started.known),
    )


def proven_files_answer(upload: Upload) -> ProvenFilesAnswer:
    return ProvenFilesAnswer(upload_id=upload.id, reused=_reused(upload))


def upload_answer(progress: Progress) -> UploadAnswer:
    """The upload with its parts; at most the first LISTED_MAX missing parts are listed."""
    received = [ReceivedPart(part_number=part.number, size=part.size, etag=part.etag) for part in progress.received]
    missing = progress.missing
    fields = _fields(progress.upload) | ({"state": DROPPED} if progress.dropped else {})
    return UploadAnswer(
        **fields,
        received=received,
        missing=list(missing[:LISTED_MAX]),
        missing_count=len(missing) + sum(len(file.missing) for file in progress.files),
        files=[_file_answer(file) for file in progress.files],
        known=_known(progress.known),
    )


def _file_answer(found: FileProgress) -> UploadFileAnswer:
    file = found.file
    return UploadFileAnswer(
        path=file.path,
        size=file.size,
        sha256=file.sha256,
        main=file.main,
        part_size=file.part_size,
        part_count=file.part_count,
        state=STORED if found.is_stored else MISSING,
        missing=list(found.missing[:LISTED_MAX]),
        missing_count=len(found.missing),
    )


def completed_upload_answer(upload: Upload) -> CompletedUploadAnswer:
    return CompletedUploadAnswer(upload_id=upload.id, version=upload.version, state=VersionState.VALIDATING)


def download_answer(download: Download) -> DownloadAnswer:
    return DownloadAnswer(
        url=download.url,
        expires_at=download.expires_at,
        server_time=now(),
        filename=download.filename,
        size=download.size,
        sha256=download.sha256,
        version=download.version.version,
    )


def _known(files: Sequence[KnownFile]) -> list[KnownFileAnswer]:
    return [
        KnownFileAnswer(
            path=file.path,
            ranges=[(part.offset, part.length) for part in file.challenge.ranges],
            nonce=file.challenge.nonce,
        )
        for file in files
    ]


def _reused(upload: Upload) -> list[str]:
    return [file.path for file in upload.each_file if file.content_key]


def _part_urls(signed: Sequence[SignedPart]) -> list[PartUrl]:
    return [
        PartUrl(
            path=part.path or None,
            part_number=part.number,
            length=part.length,
            url=part.url,
            headers=part.headers,
            expires_at=part.expires_at,
        )
        for part in signed
    ]


def _fields(upload: Upload) -> dict[str, Any]:
    return {
        "upload_id": upload.id,
        "model_id": upload.model_id,
        "version": upload.version,
        "state": upload.state,
        "filename": upload.filename,
        "size": upload.size,
        "sha256": upload.sha256 or None,
        "part_size": upload.part_size,
        "part_count": upload.plan.count,
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
        "replaces": upload.replaces or None,
        "replaced_by": upload.replaced_by or None,
        "manifest_digest": upload.manifest_digest or None,
        "file_count": upload.file_count,
        "total_size": upload.total_size,
        "reused": _reused(upload),
        "server_time": now(),
    }
