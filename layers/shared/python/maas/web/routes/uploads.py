"""Routes of uploads and downloads. File bytes travel between client and object store, by the URLs in the answers."""

from fastapi import APIRouter, Response

from maas.contracts.uploads import (
    CompletedUploadAnswer,
    CompleteUpload,
    DownloadAnswer,
    Part,
    PartUrl,
    PartUrlsAnswer,
    SignParts,
    StartedUploadAnswer,
    StartUpload,
    UploadAnswer,
)
from maas.services.downloads import DownloadService
from maas.services.upload_parts import LISTED_MAX, PartRequest, SignedPart
from maas.services.uploads import NewUpload, UploadService
from maas.web.presenters.deprecation import deprecation
from maas.web.principal import Reader, Uploader
from maas.web.strict import StrictRoute


class _Uploads:
    def __init__(self, uploads: UploadService, downloads: DownloadService) -> None:
        self._uploads = uploads
        self._downloads = downloads

    async def start(
        self, caller: Uploader, model_id: str, body: StartUpload, response: Response
    ) -> StartedUploadAnswer:
        new = NewUpload(
            version=body.version,
            filename=body.filename,
            size=body.size,
            sha256=body.sha256,
            part_size=body.part_size,
            parts=_requests(body.parts),
        )
        upload, signed = await self._uploads.start(caller, model_id, new)
        response.headers["location"] = f"/api/v1/uploads/{upload.id}"
        return StartedUploadAnswer.of(upload, _urls(signed))

    async def sign(self, caller: Uploader, upload_id: str, body: SignParts) -> PartUrlsAnswer:
        return PartUrlsAnswer(urls=_urls(await self._uploads.sign(caller, upload_id, _requests(body.parts))))

    async def get(self, caller: Uploader, upload_id: str) -> UploadAnswer:
        found = await self._uploads.progress(caller, upload_id)
        return UploadAnswer.of(found.upload, found.received, found.missing, LISTED_MAX)

    async def abort(self, caller: Uploader, upload_id: str) -> None:
        await self._uploads.abort(caller, upload_id)

    async def complete(
        self, caller: Uploader, upload_id: str, body: CompleteUpload | None = None
    ) -> CompletedUploadAnswer:
        upload, state = await self._uploads.complete(caller, upload_id, body.sha256 if body else "")
        return CompletedUploadAnswer(upload_id=upload.id, version=upload.version, state=state)

    async def download(self, caller: Reader, model_id: str, ref: str, response: Response) -> DownloadAnswer:
        found = await self._downloads.download(caller, model_id, ref)
        response.headers.update(deprecation(found.version.deprecated_at))
        return DownloadAnswer(
            url=found.url,
            expires_at=found.expires_at,
            filename=found.filename,
            size=found.artifact.size,
            sha256=found.artifact.sha256,
            version=found.version.version,
        )


def _requests(parts: list[Part]) -> tuple[PartRequest, ...]:
    return tuple(PartRequest(part.part_number, part.md5, part.sha256) for part in parts)


def _urls(signed: list[SignedPart]) -> list[PartUrl]:
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


def uploads_routes(uploads: UploadService, downloads: DownloadService) -> APIRouter:
    routes = _Uploads(uploads, downloads)
    router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
    router.add_api_route("/models/{model_id}/upload", routes.start, methods=["POST"], status_code=201)
    router.add_api_route("/uploads/{upload_id}", routes.get, methods=["GET"])
    router.add_api_route("/uploads/{upload_id}", routes.abort, methods=["DELETE"], status_code=204)
    router.add_api_route("/uploads/{upload_id}/parts", routes.sign, methods=["POST"])
    router.add_api_route("/uploads/{upload_id}/complete", routes.complete, methods=["POST"], status_code=202)
    router.add_api_route("/models/{model_id}/versions/{ref}/download", routes.download, methods=["GET"])
    return router
