"""Routes of what is stored of a model's predictions."""

from fastapi import APIRouter, Request, Response

from maas.contracts.captures import CaptureAnswer, CaptureBody, CaptureFileAnswer
from maas.contracts.pages import PageAnswer
from maas.services.captures import CaptureService
from maas.web.model_paths import ModelRef
from maas.web.paging import Paged, page_answer
from maas.web.presenters.captures import capture_answer, capture_of, file_answer
from maas.web.principal import Reader, Writer
from maas.web.strict import StrictRoute


class _Captures:
    def __init__(self, captures: CaptureService) -> None:
        self._captures = captures

    async def get(self, caller: Reader, model_id: ModelRef) -> CaptureAnswer:
        return capture_answer(*await self._captures.setting(caller, model_id))

    async def put(self, caller: Writer, model_id: ModelRef, body: CaptureBody) -> CaptureAnswer:
        return capture_answer(*await self._captures.set(caller, model_id, capture_of(body)))

    async def delete(self, caller: Writer, model_id: ModelRef) -> None:
        await self._captures.end(caller, model_id)

    async def files(
        self, caller: Reader, model_id: ModelRef, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[CaptureFileAnswer]:
        found = await self._captures.files(caller, model_id, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, found, file_answer)


def captures_routes(captures: CaptureService) -> APIRouter:
    routes = _Captures(captures)
    router = APIRouter(prefix="/api/v1/models/{model_id}/capture", route_class=StrictRoute)
    router.add_api_route("", routes.get, methods=["GET"])
    router.add_api_route("", routes.put, methods=["PUT"])
    router.add_api_route("", routes.delete, methods=["DELETE"], status_code=204)
    router.add_api_route("/files", routes.files, methods=["GET"])
    return router
