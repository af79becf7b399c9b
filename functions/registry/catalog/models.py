"""Models: create, read, change, delete."""

from dataclasses import replace
from typing import Any

from functions.registry.catalog.access import Access, check_may_share, check_own, owner_of, rights_of
from functions.registry.catalog.effects import Effects, effect_of
from functions.registry.catalog.narrowing import check_all_versions
from functions.registry.catalog.revisions import expect_revision, revised
from functions.registry.contention import Contention
from functions.registry.ports import Change, Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog import models as domain
from maas.domain.catalog.model_names import model_name
from maas.domain.catalog.models import Headline, ModelChange, ModelStatus, NewModel
from maas.domain.catalog.versions import VersionState, parse
from maas.domain.clock import now
from maas.domain.identity.principals import Principal, Scope
from maas.domain.ids import new_id

# Changes of these concern every version: a key for some versions of the model does not make them.
_OF_ALL_VERSIONS = frozenset({"name", "is_public", "default_ref"})


class ModelService:
    """Implements ModelRegistry of maas.services.ports.models, except for its lists."""

    def __init__(self, repository: Repository, access: Access, contention: Contention) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention
        self._effects = Effects(repository, access, contention)

    async def create_model(
        self, by: Principal, new: NewModel, *, tenant_id: str = "", owner_id: str = ""
    ) -> StoredModel:
        """Creates a model, with a draft if `new` names a version.

        `tenant_id` and `owner_id` are for principals without a tenant; other principals create in their own tenant.

        Raises:
            InvalidInput, AlreadyExists (name), PermissionDenied
        """
        by.require_in_tenant(Scope.MODELS_WRITE)
        new = new.checked()
        tenant, owner = owner_of(by, tenant_id, owner_id)
        return await self._effects.once(by, StoredModel, lambda: self._make(by, new, tenant, owner))

    async def _make(self, by: Principal, new: NewModel, tenant: str, owner: str) -> StoredModel:
        model = _new_model(new, tenant, owner)
        if new.version is None:
            await self._repository.commit(Change(None, model, effect_of(by, model)), by=by)
            return model
        draft = _draft(model, parse(new.version), by.subject)
        model = replace(model, headline=Headline(version=draft.version))
        await self._repository.commit(Change(None, model, effect_of(by, model)), Change(None, draft), by=by)
        return model

    async def get_model(self, by: Principal, model_id: str, right: Scope | None = Scope.MODELS_READ) -> StoredModel:
        """A model on which the caller has this right; without one, any right that looks models up."""
        by.require(*rights_of(right))
        if right is Scope.UPLOADS_WRITE:
            return await self._access.changeable(by, model_id, right)
        return await self._access.readable(by, model_id, *rights_of(right))

    async def update_model(self, by: Principal, model_id: str, change: ModelChange) -> StoredModel:
        """Changes the fields that `change` sets; one that changes nothing keeps the revision."""
        by.require(Scope.MODELS_WRITE)

        async def attempt() -> StoredModel:
            before = await self._access.changeable(by, model_id, Scope.MODELS_WRITE)
            expect_revision("model", before, change.expected_revision)
            changes = _changes(before, change)
            if not changes:
                return before
            if "is_public" in changes:
                check_may_share(by, before)
            if _OF_ALL_VERSIONS & changes.keys():
                check_all_versions(by, before.id)
            after = revised(before, **changes)
            await self._repository.commit(Change(before, after), by=by)
            return after

        return await self._contention.settle(model_id, attempt)

    async def delete_model(self, by: Principal, model_id: str, expected_revision: int | None = None) -> None:
        """Deletes the model and frees its name at once, then purges its versions."""
        by.require(Scope.MODELS_DELETE)

        async def attempt() -> str:
            before = await self._access.changeable(by, model_id, Scope.MODELS_DELETE)
            check_own(by, before)
            check_all_versions(by, before.id)
            expect_revision("model", before, expected_revision)
            await self._repository.commit(Change(before, None), by=by)
            return before.id

        await self._repository.purge(await self._contention.settle(model_id, attempt))


def _new_model(new: NewModel, tenant_id: str, owner_id: str) -> StoredModel:
    # Lists by time are sorted by id, whose resolution is a millisecond.
    at = now()
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    return StoredModel(
        id=new_id(at),
        tenant_id=tenant_id,
        owner_id=owner_id,
        name=new.name,
        framework=domain.framework(new.framework),
        status=ModelStatus.PENDING,
        description=new.description,
        tags=new.tags,
        metadata=new.metadata,
        is_public=new.is_public,
        default_ref=new.default_ref,
        created_at=at,
        updated_at=at,
    )


def _draft(model: StoredModel, number: str, created_by: str) -> StoredVersion:
    return StoredVersion(
        model_id=model.id,
        tenant_id=model.tenant_id,
        version=number,
        state=VersionState.DRAFT,
        created_by=created_by,
        created_at=model.created_at,
        updated_at=model.created_at,
    )


def _changes(model: StoredModel, change: ModelChange) -> dict[str, Any]:
    """The fields whose values differ after the change, checked and in stored form."""
    wanted: dict[str, Any] = {"tags": _tags(model, change)}
    if change.name not in (None, model.name):  # a name that an earlier release accepted may stay
        wanted["name"] = model_name(change.name)
    if change.description is not None:
        wanted["description"] = value_rules.description(change.description)
    if change.framework is not None:
        wanted["framework"] = domain.framework(change.framework)
    if change.status is not None:
        wanted["status"] = domain.status(change.status)
    if change.is_public is not None:
        wanted["is_public"] = change.is_public
    if change.default_ref is not None:
        wanted["default_ref"] = domain.default_ref(change.default_ref)
    if change.metadata is not None:
        wanted["metadata"] = value_rules.metadata(change.metadata)
    return {name: value for name, value in wanted.items() if value != getattr(model, name)}


def _tags(model: StoredModel, change: ModelChange) -> tuple[str, ...]:
    kept = model.tags if change.tags is None else value_rules.tags(change.tags)
    removed = set(value_rules.tags(change.remove_tags))
    return tuple(tag for tag in value_rules.tags((*kept, *value_rules.tags(change.add_tags))) if tag not in removed)
