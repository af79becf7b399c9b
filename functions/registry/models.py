"""The catalogue of models: create, read, list, change, delete."""

from dataclasses import asdict, replace
from typing import Any

from functions.registry.cursors import list_of
from functions.registry.ports import Change, ModelQuery
from functions.registry.service import Service, may_change, now, revised
from maas.domain import models as domain
from maas.domain import rules
from maas.domain.errors import InvalidInput, PermissionDenied, RevisionMismatch
from maas.domain.ids import new_id
from maas.domain.models import Headline, Model, ModelChange, ModelFilter, ModelStatus, NewModel, Page
from maas.domain.principals import Principal, Scope
from maas.domain.versions import Version, VersionState, parse

ID_MAX = 128
PAGE_DEFAULT, PAGE_MAX = 20, 100
# Whoever calls a model or uploads to it has to look it up first.
READERS = (Scope.MODELS_READ, Scope.INFERENCE_INVOKE, Scope.UPLOADS_WRITE)


class ModelService(Service):
    """Implements maas.services.ports.ModelRegistry, and what the older wire contract asks beyond it."""

    async def create_model(self, by: Principal, new: NewModel, *, tenant_id: str = "", owner_id: str = "") -> Model:
        """With a version in `new`, a draft of it comes along.

        `tenant_id` and `owner_id` are for a principal without a tenant; anybody else creates in the own one.

        Raises:
            InvalidInput, AlreadyExists (name), PermissionDenied
        """
        by.require(Scope.MODELS_WRITE)
        new = new.checked()
        tenant, owner = _owner(by, tenant_id, owner_id)
        model = _fresh_model(new, tenant, owner)
        if new.version is None:
            await self._repository.commit(Change(None, model), by=by)
            return model
        draft = _draft(model, parse(new.version), by.subject)
        model = replace(model, headline=Headline(version=draft.version))
        await self._repository.commit(Change(None, model), Change(None, draft), by=by)
        return model

    async def get_model(self, by: Principal, model_id: str) -> Model:
        """Raises NotFound."""
        by.require(*READERS)
        return await self._readable(by, model_id)

    async def list_models(self, by: Principal, narrowed: ModelFilter, *, limit: int, cursor: str) -> Page[Model]:
        """The caller's tenant's models, newest first. Raises InvalidInput (limit, cursor, a filter)."""
        by.require(Scope.MODELS_READ)
        query = ModelQuery(by.tenant_id or None, checked_filter(narrowed))
        of_list = list_of(by, "models", asdict(query.narrowed))
        after = self._cursors.decode(cursor, of_list)
        found = await self._repository.models(query, limit=rules.limit(limit) + 1, after=after)
        last = found[limit - 1].id if len(found) > limit else ""
        return Page(tuple(found[:limit]), self._cursors.encode(last, of_list))

    async def number_page(
        self, by: Principal, narrowed: ModelFilter, *, tenant_id: str, page: int, limit: int
    ) -> tuple[list[Model], int]:
        """Page `page` (from 1) of `limit` models, and how many there are in all: for the older wire contract.

        Raises:
            InvalidInput, PermissionDenied (another tenant)
        """
        by.require(Scope.MODELS_READ)
        tenant, _ = _owner(by, tenant_id, "")
        query = ModelQuery(tenant or None, checked_filter(narrowed))
        total = await self._repository.count_models(query)
        skipped, after = (page - 1) * limit, ""
        if skipped >= total:
            return [], total
        while skipped:
            passed = await self._repository.models(query, limit=min(skipped, PAGE_MAX), after=after)
            if not passed:
                return [], total
            skipped, after = skipped - len(passed), passed[-1].id
        return await self._repository.models(query, limit=limit, after=after), total

    async def update_model(self, by: Principal, model_id: str, change: ModelChange) -> Model:
        """Raises InvalidInput, NotFound, AlreadyExists (name), RevisionMismatch (only where one was expected)."""
        by.require(Scope.MODELS_WRITE)

        async def attempt() -> Model:
            before = await self._changeable(by, model_id)
            _expect(before, change.expected_revision)
            changes = _changes(before, change)
            if not changes:
                return before
            after = revised(before, **changes)
            await self._repository.commit(Change(before, after), by=by)
            return after

        return await self._in_turn(model_id, attempt)

    async def delete_model(self, by: Principal, model_id: str, expected_revision: int | None = None) -> None:
        """The model and its name go at once, its versions after them. Raises NotFound, RevisionMismatch."""
        by.require(Scope.MODELS_DELETE)

        async def attempt() -> str:
            before = await self._changeable(by, model_id)
            _expect(before, expected_revision)
            await self._repository.commit(Change(before, None), by=by)
            return before.id

        await self._repository.purge(await self._in_turn(model_id, attempt))


def _owner(by: Principal, tenant_id: str, owner_id: str) -> tuple[str, str]:
    """Tenant and owner that a message may name, or the caller's own."""
    tenant = rules.text("tenant_id", tenant_id, maximum=ID_MAX)
    owner = rules.text("owner_id", owner_id, maximum=ID_MAX)
    if not by.tenant_id:
        return tenant, owner
    if tenant and not may_change(by, tenant):
        raise PermissionDenied("tenant_id must be the caller's own, or empty")
    return by.tenant_id, by.subject


def _fresh_model(new: NewModel, tenant_id: str, owner_id: str) -> Model:
    at = now()
    return Model(
        id=new_id(),
        tenant_id=tenant_id,
        owner_id=owner_id,
        name=new.name,
        framework=domain.framework(new.framework),
        status=ModelStatus.PENDING,
        description=new.description,
        tags=new.tags,
        metadata=new.metadata,
        is_public=new.is_public,
        created_at=at,
        updated_at=at,
    )


def _draft(model: Model, number: str, created_by: str) -> Version:
    return Version(
        model_id=model.id,
        tenant_id=model.tenant_id,
        version=number,
        state=VersionState.DRAFT,
        created_by=created_by,
        created_at=model.created_at,
        updated_at=model.created_at,
    )


def checked_filter(narrowed: ModelFilter) -> ModelFilter:
    """The filter in stored form: names folded, tags lower-cased. Raises InvalidInput naming the field."""
    return ModelFilter(
        q=rules.fold(rules.text("q", narrowed.q, maximum=rules.NAME_MAX)),
        name=rules.fold(rules.text("name", narrowed.name, maximum=rules.NAME_MAX)),
        framework=narrowed.framework and domain.framework(narrowed.framework),
        status=narrowed.status and domain.status(narrowed.status),
        owner_id=rules.text("owner_id", narrowed.owner_id, maximum=ID_MAX),
        tags=rules.tags(narrowed.tags),
        is_public=narrowed.is_public,
    )


def _expect(model: Model, revision: int | None) -> None:
    if revision is not None and revision != model.revision:
        raise RevisionMismatch(f"the model is at revision {model.revision}, not {revision}")


def _changes(model: Model, change: ModelChange) -> dict[str, Any]:
    """The fields that a change really changes, checked and in stored form."""
    wanted: dict[str, Any] = {"tags": _tags(model, change)}
    if change.name is not None:
        wanted["name"] = rules.name(change.name)
    if change.description is not None:
        wanted["description"] = rules.description(change.description)
    if change.framework is not None:
        wanted["framework"] = domain.framework(change.framework)
    if change.status is not None:
        wanted["status"] = domain.status(change.status)
    if change.is_public is not None:
        wanted["is_public"] = change.is_public
    if change.metadata is not None:
        wanted["metadata"] = rules.metadata(change.metadata)
    return {name: value for name, value in wanted.items() if value != getattr(model, name)}


def _tags(model: Model, change: ModelChange) -> tuple[str, ...]:
    kept = model.tags if change.tags is None else rules.tags(change.tags)
    removed = set(rules.tags(change.remove_tags))
    return tuple(tag for tag in rules.tags((*kept, *rules.tags(change.add_tags))) if tag not in removed)


def legacy_page(page: int, limit: int) -> tuple[int, int]:
    """Page and limit as the older contract reads them: 0 is the default, and a limit over the most is the most.

    Raises:
        InvalidInput: one is negative.
    """
    for field, value in (("page", page), ("limit", limit)):
        if value < 0:
            raise InvalidInput.of(field, "range", "must not be negative")
    return page or 1, min(limit or PAGE_DEFAULT, PAGE_MAX)
