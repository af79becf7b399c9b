"""Routes of the files of versions."""

from fastapi import APIRouter, Response

from maas.contracts.files import DownloadsAnswer, FilesAnswer
from maas.services.downloads import DownloadService
from maas.web.conditions import IfNoneMatch, names_tag
from maas.web.model_paths import ModelRef
from maas.web.presenters.deprecation import deprecation
from maas.web.presenters.files import downloads_answer, files_answer
from maas.web.principal import Reader
from maas.web.strict import StrictRoute


class _Files:
    def __init__(self, downloads: DownloadService) -> None:
        self._downloads = downloads

    async def page(
        self, caller: Reader, model_id: ModelRef, ref: str, response: Response, if_none_match: IfNoneMatch = None
    ) -> FilesAnswer | Response:
        found = await self._downloads.files(caller, model_id, ref)
        headers = {"etag": f'"{found.digest}"', **deprecation(found.version.deprecated_at)}
        if names_tag(if_none_match, headers["etag"]):
            return Response(status_code=304, headers=headers)
        response.headers.update(headers)
        return files_answer(found)

    async def downloads(self, caller: Reader, model_id: ModelRef, ref: str, response: Response) -> DownloadsAnswer:
        found = await self._downloads.downloads(caller, model_id, ref)
        response.headers.update(deprecation(found.found.version.deprecated_at))
        return downloads_answer(found)


def files_routes(downloads: DownloadService) -> APIRouter:
    routes = _Files(downloads)
    router = APIRouter(prefix="/api/v1/models/{model_id}/versions/{ref}", route_class=StrictRoute)
    router.add_api_route("/files", routes.page, methods=["GET"], response_model=FilesAnswer)
    router.add_api_route("/downloads", routes.downloads, methods=["GET"])
    return router
