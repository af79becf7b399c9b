"""Versions of models: drafts, reading, publishing, deprecating."""

from functools import partial

from functions.registry.catalog.access import Access
from functions.registry.catalog.deprecations import with_deprecated
from functions.registry.catalog.effects import Effects, effect_of
from functions.registry.catalog.headlines import headline, with_draft, with_published
from functions.registry.catalog.lookup import stored_version
from functions.registry.catalog.narrowing import check_version
from functions.registry.catalog.revisions import expect_revision, revised
from functions.registry.contention import Contention
from functions.registry.ports import Change, LostRace, Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.aliases import check_unaliased
from maas.domain.catalog.compatibility import broken_by, incompatible
from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.version_changes import NewVersion, VersionChange, bumped
from maas.domain.catalog.versions import (
    VersionState,
    check_deletable,
    check_move,
    is_prerelease,
    major,
    parse,
)
from maas.domain.clock import now
from maas.domain.errors import AlreadyExists
from maas.domain.identity.principals import Principal, Scope
from maas.domain.uploads.sessions import Upload


class VersionService:
    """Implements maas.services.ports.version_registry.VersionRegistry."""

    def __init__(self, repository: Repository, access: Access, contention: Contention) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention
        self._effects = Effects(repository, access, contention)

    async def create_version(
        self, by: Principal, model_id: str, new: NewVersion, expected_revision: int | None = None
    ) -> StoredVersion:
        """Creates a draft. With an expected revision of the model, the model gets a new one."""
        by.require(Scope.MODELS_WRITE)
        new = new.checked()
        attempt = partial(self._create, by, model_id, new, expected_revision)
        return await self._effects.settle(by, Scope.MODELS_WRITE, model_id, StoredVersion, attempt)

    async def _create(self, by: Principal, model_id: str, new: NewVersion, revision: int | None) -> StoredVersion:
        model = await self._access.changeable(by, model_id, Scope.MODELS_WRITE)
        expect_revision("model", model, revision)
        if new.parent:
            check_version(by, model.id, new.parent, field="parent")
        draft = await self._draft(model, new, by.subject)
        check_version(by, model.id, draft.version)
        after = with_draft(model, draft)
        if revision is not None and after is model:
            after = revised(model)  # so that the same request, sent again, does not meet its condition
        try:
            await self._repository.commit(Change(None, draft, effect_of(by, draft)), Change(model, after), by=by)
        except AlreadyExists as error:
            if not new.bump:
                raise
            raise LostRace from error
        return draft

    async def _draft(self, model: StoredModel, new: NewVersion, created_by: str) -> StoredVersion:
        if new.parent:
            await stored_version(self._repository, model, new.parent, field="parent")
        number, parent = new.version, new.parent
        if new.bump:
            highest = next((v.version for v in await self._repository.versions(model.id, limit=1)), "")
            number, parent = bumped(highest, new.bump), parent or highest
        at = now()
        return StoredVersion(
            model_id=model.id,
            tenant_id=model.tenant_id,
            version=number,
            state=VersionState.DRAFT,
            changelog=new.changelog,
            metadata=new.metadata,
            parent=parent,
            metrics=new.metrics,
            model_card=new.model_card,
            created_by=created_by,
            revision=model.deleted_revision + 1,
            created_at=at,
            updated_at=at,
        )

    async def update_version(self, by: Principal, model_id: str, version: str, change: VersionChange) -> StoredVersion:
        """Changes the fields that `change` sets; one that changes nothing keeps the revision."""
        by.require(Scope.MODELS_WRITE)
        number = parse(version)

        async def attempt() -> StoredVersion:
            model, before = await self._expected(by, model_id, number, change.expected_revision)
            changes = change.amend(before)
            if not changes:
                return before
            after = revised(before, **changes)
            await self._repository.commit(Change(before, after), Change(model, model), by=by)
            return after

        return await self._contention.settle(model_id, attempt)

    async def publish_version(
        self, by: Principal, model_id: str, version: str, force: str = "", expected_revision: int | None = None
    ) -> StoredVersion:
        """Publishes a version; idempotent."""
        by.require(Scope.MODELS_WRITE)
        number, force = parse(version), force and value_rules.reason(force, "force")

        async def attempt() -> StoredVersion:
            model, before = await self._expected(by, model_id, number, expected_revision, VersionState.PUBLISHED)
            if before.state is VersionState.PUBLISHED:
                return before
            check_move(number, before.state, VersionState.PUBLISHED)
            forced = await self._check_compatible(model, before, force)
            after = revised(before, state=VersionState.PUBLISHED, published_at=now(), forced=forced)
            published = Change(before, after, effect_of(by, after))
            await self._repository.commit(published, Change(model, with_published(model, after)), by=by)
            return after

        return await self._effects.settle(by, Scope.MODELS_WRITE, model_id, StoredVersion, attempt)

    async def _check_compatible(self, model: StoredModel, version: StoredVersion, force: str) -> str:
        """Returns `force` if the version breaks callers of the release it follows, else an empty text.

        Raises:
            Incompatible: it breaks them, and `force` is empty.
        """
        if is_prerelease(version.version):
            return ""
        followed = await self._followed(model, version.version)
        if followed is None or version.artifact is None or followed.artifact is None:
            return ""
        reasons = broken_by(followed.artifact, version.artifact)
        if reasons and not force:
            raise incompatible(version.version, followed.version, reasons)
        return force if reasons else ""

    async def _followed(self, model: StoredModel, number: str) -> StoredVersion | None:
        """The highest published release below `number` with the same major number."""
        range_below = parse_reference(f">={major(number)} <{number.partition('+')[0]}")
        followed = await self._repository.highest_published(model.id, range_below)
        return await stored_version(self._repository, model, followed) if followed else None

    async def deprecate_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> StoredVersion:
        """Deprecates a published version; idempotent."""
        by.require(Scope.MODELS_WRITE)
        number = parse(version)

        async def attempt() -> StoredVersion:
            model, before = await self._expected(by, model_id, number, expected_revision, VersionState.DEPRECATED)
            if before.state is VersionState.DEPRECATED:
                return before
            check_move(number, before.state, VersionState.DEPRECATED)
            check_unaliased(model.aliases, number)
            after = revised(before, state=VersionState.DEPRECATED, deprecated_at=now())
            model_after = await with_deprecated(self._repository, model, number)
            await self._repository.commit(Change(before, after), Change(model, model_after), by=by)
            return after

        return await self._contention.settle(model_id, attempt)

    async def delete_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Upload | None:
        """Deletes a version that was never published. Its number may be used again; its revisions are not."""
        by.require(Scope.MODELS_DELETE)
        number = parse(version)

        async def attempt() -> Upload | None:
            model, before = await self._expected(by, model_id, number, expected_revision, scope=Scope.MODELS_DELETE)
            check_deletable(number, before.state)
            check_unaliased(model.aliases, number)
            upload = await self._repository.upload(before.upload_id) if before.upload_id else None
            model_after = await self._without(model, before)
            await self._repository.commit(Change(before, None), Change(model, model_after), by=by)
            return upload

        return await self._contention.settle(model_id, attempt)

    async def _without(self, model: StoredModel, deleted: StoredVersion) -> StoredModel:
        """The model after a version was deleted: if it was the headline, the highest of the others follows it."""
        shown = model.headline
        if shown and shown.version == deleted.version:
            others = [v for v in await self._repository.versions(model.id, limit=2) if v.version != deleted.version]
            shown = headline(others[0]) if others else None
        return revised(model, headline=shown, deleted_revision=max(model.deleted_revision, deleted.revision))

    async def _expected(
        self,
        by: Principal,
        model_id: str,
        number: str,
        revision: int | None,
        target: VersionState | None = None,
        scope: Scope = Scope.MODELS_WRITE,
    ) -> tuple[StoredModel, StoredVersion]:
        """A model and its version to change, as they are stored now.

        The revision just before the one that reached `target` is accepted too: the call repeats the one that did it
        (RFC 9110, 13.1.1). Raises NotFound, RevisionMismatch.
        """
        model = await self._access.changeable(by, model_id, scope)
        check_version(by, model.id, number)
        version = await stored_version(self._repository, model, number)
        if version.state is not target or revision != version.revision - 1:
            expect_revision("version", version, revision)
        return model, version
