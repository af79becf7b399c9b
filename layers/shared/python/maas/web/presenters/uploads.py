"""Uploads and downloads between the use cases and the contract."""

from collections.abc import Sequence
from typing import Any

from maas.contracts.uploads import (
    DROPPED,
    CompletedUploadAnswer,
    DownloadAnswer,
    Part,
    PartUrl,
    PartUrlsAnswer,
    ReceivedPart,
    StartedUploadAnswer,
    StartUpload,
    UploadAnswer,
)
from maas.domain.catalog.versions import VersionState
from maas.domain.clock import now
from maas.domain.uploads.sessions import Upload
from maas.services.downloads import Download
from maas.services.upload_parts import LISTED_MAX, PartRequest, SignedPart
from maas.services.uploads import NewUpload, Progress


def new_upload(body: StartUpload) -> NewUpload:
    return NewUpload(
        version=body.version,
        filename=body.filename,
        size=body.size,
        sha256=body.sha256,
        part_size=body.part_size,
        parts=part_requests(body.parts),
        replace=body.replace,
    )


def part_requests(parts: Sequence[Part]) -> tuple[PartRequest, ...]:
    return tuple(PartRequest(part.part_number, part.md5, part.sha256) for part in parts)


def part_urls_answer(signed: Sequence[SignedPart]) -> PartUrlsAnswer:
    return PartUrlsAnswer(urls=_part_urls(signed), server_time=now())


def started_upload_answer(upload: Upload, signed: Sequence[SignedPart]) -> StartedUploadAnswer:
    return StartedUploadAnswer(**_fields(upload), urls=_part_urls(signed))


def upload_answer(progress: Progress) -> UploadAnswer:
    """The upload with its parts; at most the first LISTED_MAX missing parts are listed."""
    received = [ReceivedPart(part_number=part.number, size=part.size, etag=part.etag) for part in progress.received]
    missing = progress.missing
    fields = _fields(progress.upload) | ({"state": DROPPED} if progress.dropped else {})
    return UploadAnswer(**fields, received=received, missing=list(missing[:LISTED_MAX]), missing_count=len(missing))


def completed_upload_answer(upload: Upload) -> CompletedUploadAnswer:
    return CompletedUploadAnswer(upload_id=upload.id, version=upload.version, state=VersionState.VALIDATING)


def download_answer(download: Download) -> DownloadAnswer:
    return DownloadAnswer(
        url=download.url,
        expires_at=download.expires_at,
        server_time=now(),
        filename=download.filename,
        size=download.artifact.size,
        sha256=download.artifact.sha256,
        version=download.version.version,
    )


def _part_urls(signed: Sequence[SignedPart]) -> list[PartUrl]:
    return [
        PartUrl(
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
        "server_time": now(),
    }
