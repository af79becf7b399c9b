"""Routes of versions. The registry is their service, so they call its port (docs/decisions/0022)."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from maas.contracts.pages import PageAnswer
from maas.contracts.versions import CreateVersion, PatchVersion, PublishVersion, VersionAnswer
from maas.services.ports.version_registry import VersionRegistry
from maas.web.conditions import ExpectedRevision, etag
from maas.web.idempotency import idempotent
from maas.web.model_paths import ModelRef
from maas.web.paging import Paged, page_answer
from maas.web.presenters.deprecation import deprecation
from maas.web.presenters.versions import force_reason, new_version, version_answer, version_change
from maas.web.principal import Deleter, Reader, Writer
from maas.web.strict import StrictRoute


class _Versions:
    def __init__(self, registry: VersionRegistry) -> None:
        self._registry = registry

    @idempotent()
    async def create(
        self, caller: Writer, model_id: ModelRef, body: CreateVersion, expected: ExpectedRevision, response: Response
    ) -> VersionAnswer:
        version = await self._registry.create_version(caller, model_id, new_version(body), expected)
        # SemVer's alphabet needs no escaping in a path.
        response.headers["location"] = f"/api/v1/models/{version.model_id}/versions/{version.version}"
        return version_answer(version)

    async def page(
        self, caller: Reader, model_id: ModelRef, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[VersionAnswer]:
        page = await self._registry.list_versions(caller, model_id, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, page, version_answer)

    async def get(self, caller: Reader, model_id: ModelRef, ref: str, response: Response) -> VersionAnswer:
        version = await self._registry.get_version(caller, model_id, ref)
        response.headers.update(deprecation(version.deprecated_at))
        # An alias, a range or `latest` may name another version later, which may have the same revision.
        if ref.removeprefix("v") == version.version:
            response.headers["etag"] = etag(version.revision)
        return version_answer(version)

    async def patch(
        self,
        caller: Writer,
        model_id: ModelRef,
        ref: str,
        body: PatchVersion,
        expected: ExpectedRevision,
        response: Response,
    ) -> VersionAnswer:
        version = await self._registry.update_version(caller, model_id, ref, version_change(body, expected))
        response.headers["etag"] = etag(version.revision)
        return version_answer(version)

    @idempotent()
    async def publish(
        self,
        caller: Writer,
        model_id: ModelRef,
        ref: str,
        expected: ExpectedRevision,
        body: PublishVersion | None = None,
    ) -> VersionAnswer:
        force = force_reason(body)
        return version_answer(await self._registry.publish_version(caller, model_id, ref, force, expected))

    async def deprecate(
        self, caller: Writer, model_id: ModelRef, ref: str, expected: ExpectedRevision
    ) -> VersionAnswer:
        return version_answer(await self._registry.deprecate_version(caller, model_id, ref, expected))

    async def delete(self, caller: Deleter, model_id: ModelRef, ref: str, expected: ExpectedRevision) -> None:
        await self._registry.delete_version(caller, model_id, ref, expected)


def versions_routes(registry: VersionRegistry) -> APIRouter:
    routes = _Versions(registry)
    router = APIRouter(prefix="/api/v1/models/{model_id}/versions", route_class=StrictRoute)
    router.add_api_route("", routes.create, methods=["POST"], status_code=201)
    router.add_api_route("", routes.page, methods=["GET"])
    router.add_api_route("/{ref}", routes.get, methods=["GET"])
    router.add_api_route("/{ref}/publish", routes.publish, methods=["POST"])
    router.add_api_route("/{ref}/deprecate", routes.deprecate, methods=["POST"])
    router.add_api_route("/{ref}", routes.patch, methods=["PATCH"])
    router.add_api_route("/{ref}", routes.delete, methods=["DELETE"], status_code=204)
    return router
