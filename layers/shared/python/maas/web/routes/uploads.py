"""Routes of uploads and downloads. File bytes travel between client and object store, by the URLs in the answers."""

from fastapi import APIRouter, Response

from maas.contracts.uploads import (
    CompletedUploadAnswer,
    CompleteUpload,
    DownloadAnswer,
    PartUrlsAnswer,
    ProveFiles,
    ProvenFilesAnswer,
    SignParts,
    StartedUploadAnswer,
    StartUpload,
    UploadAnswer,
)
from maas.services.downloads import DownloadService
from maas.services.uploads import UploadService
from maas.web.idempotency import idempotent
from maas.web.model_paths import ModelRef
from maas.web.presenters.deprecation import deprecation
from maas.web.presenters.uploads import (
    completed_upload_answer,
    download_answer,
    new_upload,
    part_requests,
    part_urls_answer,
    proofs,
    proven_files_answer,
    started_upload_answer,
    upload_answer,
)
from maas.web.principal import Reader, Uploader
from maas.web.strict import StrictRoute


class _Uploads:
    def __init__(self, uploads: UploadService, downloads: DownloadService) -> None:
        self._uploads = uploads
        self._downloads = downloads

    @idempotent()
    async def start(
        self, caller: Uploader, model_id: ModelRef, body: StartUpload, response: Response
    ) -> StartedUploadAnswer:
        started = await self._uploads.start(caller, model_id, new_upload(body))
        response.headers["location"] = f"/api/v1/uploads/{started.upload.id}"
        return started_upload_answer(started)

    async def sign(self, caller: Uploader, upload_id: str, body: SignParts) -> PartUrlsAnswer:
        return part_urls_answer(await self._uploads.sign(caller, upload_id, part_requests(body.parts)))

    async def prove(self, caller: Uploader, upload_id: str, body: ProveFiles) -> ProvenFilesAnswer:
        return proven_files_answer(await self._uploads.prove(caller, upload_id, proofs(body)))

    async def get(self, caller: Uploader, upload_id: str) -> UploadAnswer:
        return upload_answer(await self._uploads.progress(caller, upload_id))

    async def abort(self, caller: Uploader, upload_id: str) -> None:
        await self._uploads.abort(caller, upload_id)

    async def complete(
        self, caller: Uploader, upload_id: str, body: CompleteUpload | None = None
    ) -> CompletedUploadAnswer:
        return completed_upload_answer(await self._uploads.complete(caller, upload_id, body.sha256 if body else ""))

    async def download(
        self, caller: Reader, model_id: ModelRef, ref: str, response: Response, path: str = ""
    ) -> DownloadAnswer:
        found = await self._downloads.download(caller, model_id, ref, path)
        response.headers.update(deprecation(found.version.deprecated_at))
        return download_answer(found)


def uploads_routes(uploads: UploadService, downloads: DownloadService) -> APIRouter:
    routes = _Uploads(uploads, downloads)
    router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
    router.add_api_route("/models/{model_id}/upload", routes.start, methods=["POST"], status_code=201)
    router.add_api_route("/uploads/{upload_id}", routes.get, methods=["GET"])
    router.add_api_route("/uploads/{upload_id}", routes.abort, methods=["DELETE"], status_code=204)
    router.add_api_route("/uploads/{upload_id}/parts", routes.sign, methods=["POST"])
    router.add_api_route("/uploads/{upload_id}/proofs", routes.prove, methods=["POST"])
    router.add_api_route("/uploads/{upload_id}/complete", routes.complete, methods=["POST"], status_code=202)
    router.add_api_route("/models/{model_id}/versions/{ref}/download", routes.download, methods=["GET"])
    return router
