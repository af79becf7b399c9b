"""Routes of models. The registry is their service, so they call its port (docs/decisions/0022)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import Request

from maas.contracts.models import (
    CreateModel,
    MetadataAnswer,
    MetadataBody,
    ModelAnswer,
    PatchModel,
    ReplaceModel,
    StatusBody,
    TagsBody,
)
from maas.contracts.pages import CountedPageAnswer
from maas.domain import value_rules
from maas.domain.catalog.models import Model, ModelChange, ModelFilter, WantedPage
from maas.domain.errors import InvalidInput, Rule
from maas.services.ports.models import ModelRegistry
from maas.web.conditions import ExpectedRevision, IfNoneMatch, RequiredRevision, etag, unchanged
from maas.web.idempotency import idempotent
from maas.web.model_paths import ModelRef
from maas.web.paging import Paged, link_next
from maas.web.presenters.models import metadata_answer, model_answer, model_change, new_model
from maas.web.principal import Deleter, Reader, Writer
from maas.web.query import Truth, WholeNumber
from maas.web.strict import StrictRoute


async def _filter(
    q: str = "",
    name: str = "",
    framework: str = "",
    status: str = "",
    owner: str = "",
    tag: Annotated[tuple[str, ...], Query()] = (),
    is_public: Truth | None = None,
    created_after: str = "",
    created_before: str = "",
    visibility: str = "",
) -> ModelFilter:
    return ModelFilter(
        q=q,
        name=name,
        framework=framework,
        status=status,
        owner_id=owner,
        tags=tag,
        is_public=is_public,
        created_after=value_rules.moment(created_after, "created_after") if created_after else None,
        created_before=value_rules.moment(created_before, "created_before") if created_before else None,
        visibility=visibility,
    )


class _Models:
    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry

    @idempotent()
    async def create(self, caller: Writer, body: CreateModel, response: Response) -> ModelAnswer:
        model = await self._registry.create_model(caller, new_model(body))
        response.headers["location"] = f"/api/v1/models/{model.id}"
        return _answer(model, response)

    async def page(
        self,
        caller: Reader,
        filters: Annotated[ModelFilter, Depends(_filter)],
        paging: Paged,
        request: Request,
        response: Response,
        sort: str = "",
        page: WholeNumber | None = None,
    ) -> CountedPageAnswer[ModelAnswer]:
        # Checked here too: a larger number does not fit into the message to the registry.
        number = None if page is None else value_rules.page(page)
        wanted = WantedPage(limit=paging.limit, cursor=paging.cursor, sort=sort, page=number)
        found = await self._registry.list_models(caller, filters, wanted)
        link_next(request, response, found)
        items = [model_answer(model) for model in found.items]
        return CountedPageAnswer(items=items, next_cursor=found.next_cursor or None, total=found.total)

    async def get(
        self, caller: Reader, model_id: ModelRef, response: Response, if_none_match: IfNoneMatch = None
    ) -> ModelAnswer | Response:
        model = await self._registry.get_model(caller, model_id)
        if unchanged(if_none_match, model.revision):
            return Response(status_code=304, headers={"etag": etag(model.revision)})
        return _answer(model, response)

    async def replace(
        self, caller: Writer, model_id: ModelRef, body: ReplaceModel, expected: RequiredRevision, response: Response
    ) -> ModelAnswer:
        return _answer(await self._registry.update_model(caller, model_id, model_change(body, expected)), response)

    async def patch(
        self, caller: Writer, model_id: ModelRef, body: PatchModel, expected: ExpectedRevision, response: Response
    ) -> ModelAnswer:
        return _answer(await self._registry.update_model(caller, model_id, model_change(body, expected)), response)

    async def delete(self, caller: Deleter, model_id: ModelRef, expected: ExpectedRevision) -> None:
        await self._registry.delete_model(caller, model_id, expected)

    async def set_status(
        self, caller: Writer, model_id: ModelRef, body: StatusBody, expected: ExpectedRevision, response: Response
    ) -> ModelAnswer:
        change = ModelChange(status=body.status, expected_revision=expected)
        return _answer(await self._registry.update_model(caller, model_id, change), response)

    async def add_tags(
        self, caller: Writer, model_id: ModelRef, body: TagsBody, expected: ExpectedRevision, response: Response
    ) -> ModelAnswer:
        change = ModelChange(add_tags=tuple(body.tags), expected_revision=expected)
        return _answer(await self._registry.update_model(caller, model_id, change), response)

    async def remove_tags(
        self,
        caller: Writer,
        model_id: ModelRef,
        expected: ExpectedRevision,
        response: Response,
        tag: Annotated[tuple[str, ...], Query()] = (),
        body: TagsBody | None = None,
    ) -> ModelAnswer:
        """Takes tags from the query too: some clients and proxies drop the body of a DELETE (RFC 9110, 9.3.5)."""
        tags = (*tag, *(body.tags if body else ()))
        if not tags:
            raise InvalidInput.of("tags", Rule.REQUIRED, "name the tags as ?tag=a&tag=b or in the body")
        change = ModelChange(remove_tags=tags, expected_revision=expected)
        return _answer(await self._registry.update_model(caller, model_id, change), response)

    async def get_metadata(self, caller: Reader, model_id: ModelRef, response: Response) -> MetadataAnswer:
        return _metadata(await self._registry.get_model(caller, model_id), response)

    async def put_metadata(
        self, caller: Writer, model_id: ModelRef, body: MetadataBody, expected: ExpectedRevision, response: Response
    ) -> MetadataAnswer:
        change = ModelChange(metadata=body.metadata, expected_revision=expected)
        return _metadata(await self._registry.update_model(caller, model_id, change), response)


def _answer(model: Model, response: Response) -> ModelAnswer:
    response.headers["etag"] = etag(model.revision)
    return model_answer(model)


def _metadata(model: Model, response: Response) -> MetadataAnswer:
    response.headers["etag"] = etag(model.revision)
    return metadata_answer(model)


def models_routes(registry: ModelRegistry) -> APIRouter:
    routes = _Models(registry)
    router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
    router.add_api_route("/models", routes.create, methods=["POST"], status_code=201)
    router.add_api_route("/models", routes.page, methods=["GET"])
    router.add_api_route("/models/{model_id}", routes.get, methods=["GET"], response_model=ModelAnswer)
    router.add_api_route("/models/{model_id}", routes.replace, methods=["PUT"])
    router.add_api_route("/models/{model_id}", routes.patch, methods=["PATCH"])
    router.add_api_route("/models/{model_id}", routes.delete, methods=["DELETE"], status_code=204)
    router.add_api_route("/models/{model_id}/status", routes.set_status, methods=["PATCH"])
    router.add_api_route("/models/{model_id}/tags", routes.add_tags, methods=["POST"])
    router.add_api_route("/models/{model_id}/tags", routes.remove_tags, methods=["DELETE"])
    router.add_api_route("/models/{model_id}/metadata", routes.get_metadata, methods=["GET"])
    router.add_api_route("/models/{model_id}/metadata", routes.put_metadata, methods=["PUT"])
    return router
