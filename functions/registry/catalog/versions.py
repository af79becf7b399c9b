"""The versions of models: drafts, reading, publishing."""

import asyncio
from dataclasses import replace

from functions.registry.catalog.base import Service, expect, may_change, revised
from functions.registry.catalog.cursors import list_of
from functions.registry.catalog.models import READERS
from functions.registry.ports import Change, LostRace
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.aliases import check_unaliased
from maas.domain.catalog.amendments import VersionChange
from maas.domain.catalog.compatibility import breaks, incompatible
from maas.domain.catalog.models import Headline, ModelStatus, Page
from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.version_changes import NewVersion, bumped
from maas.domain.catalog.versions import (
    SERVED,
    Version,
    VersionState,
    check_deletable,
    check_move,
    is_prerelease,
    major,
    newer,
    parse,
)
from maas.domain.clock import now
from maas.domain.errors import AlreadyExists, NotFound
from maas.domain.identity.principals import Principal, Scope


class VersionService(Service):
    """Implements maas.services.ports.registry.VersionRegistry."""

    async def create_version(self, by: Principal, model_id: str, new: NewVersion) -> StoredVersion:
        """A draft. Raises InvalidInput, NotFound (model_id, parent), AlreadyExists (version)."""
        by.require(Scope.MODELS_WRITE)
        new = new.checked()
        return await self._in_turn(model_id, lambda: self._create(by, model_id, new))

    async def _create(self, by: Principal, model_id: str, new: NewVersion) -> StoredVersion:
        model = await self._changeable(by, model_id)
        draft = await self._numbered(model, new, by.subject)
        # While nothing is `latest`, the newest version is what the older contract shows.
        after = model if model.latest_version else revised(model, headline=headline(draft))
        try:
            await self._repository.commit(Change(None, draft), Change(model, after), by=by)
        except AlreadyExists as error:
            if not new.bump:
                raise
            raise LostRace from error
        return draft

    async def _numbered(self, model: StoredModel, new: NewVersion, created_by: str) -> StoredVersion:
        if new.parent:
            await self._version(model, new.parent, field="parent")
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

    async def get_version(self, by: Principal, model_id: str, ref: str) -> StoredVersion:
        """`ref` is an exact version, `latest`, an alias or a range. Raises InvalidInput (ref), NotFound."""
        by.require(*READERS)
        reference = parse_reference(ref)
        model = await self._readable(by, model_id)
        number = await self._resolved(model, reference)
        if not number:
            raise NotFound.of("ref", reference.kind, ref)
        found = await self._repository.version(model.id, number, fresh=False)
        if found and not reference.number and found.state not in SERVED:  # cached before it was published
            found = await self._repository.version(model.id, number)
        if found is None or not _visible(by, found):
            raise NotFound.of("ref", reference.kind, ref)
        return await self._shown(by, found)

    async def list_versions(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[Version]:
        """Highest precedence first, without their model cards. Raises InvalidInput, NotFound."""
        by.require(Scope.MODELS_READ)
        size = value_rules.limit(limit)
        model = await self._readable(by, model_id)
        of_list = list_of(by, "versions", model.id)
        found = await self._visible_versions(by, model, size + 1, self._cursors.decode(cursor, of_list))
        last = found[size - 1].version if len(found) > size else ""
        shown = await asyncio.gather(*(self._shown(by, replace(version, model_card="")) for version in found[:size]))
        return Page(tuple(shown), self._cursors.encode(last, of_list))

    async def _visible_versions(self, by: Principal, model: StoredModel, limit: int, after: str) -> list[StoredVersion]:
        found: list[StoredVersion] = []
        while len(found) < limit:
            batch = await self._repository.versions(model.id, limit=limit, after=after)
            found += [version for version in batch if _visible(by, version)]
            if len(batch) < limit:
                break
            after = batch[-1].version
        return found[:limit]

    async def _shown(self, by: Principal, version: StoredVersion) -> StoredVersion:
        """Others learn neither who made it, nor why it was forced, nor of a parent that they can't see."""
        if may_change(by, version.tenant_id):
            return version
        parent = version.parent and await self._repository.version(version.model_id, version.parent, fresh=False)
        lineage = parent.version if parent and _visible(by, parent) else ""
        return replace(version, created_by="", forced="", parent=lineage)

    async def update_version(self, by: Principal, model_id: str, version: str, change: VersionChange) -> StoredVersion:
        """Raises InvalidInput, NotFound, RevisionMismatch, WrongState (what is published, and predictions use)."""
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

        return await self._in_turn(model_id, attempt)

    async def publish_version(
        self, by: Principal, model_id: str, version: str, force: str = "", expected_revision: int | None = None
    ) -> StoredVersion:
        """Publishing what is published answers the same again. `force`: the reason to publish what breaks callers.

        Raises:
            InvalidInput, NotFound, WrongState, RevisionMismatch
            Incompatible: a minor or patch breaks callers of the release it follows, and is not forced.
        """
        by.require(Scope.MODELS_WRITE)
        number, force = parse(version), force and value_rules.reason(force, "force")

        async def attempt() -> StoredVersion:
            model, before = await self._expected(by, model_id, number, expected_revision)
            if before.state is VersionState.PUBLISHED:
                return before
            check_move(number, before.state, VersionState.PUBLISHED)
            forced = await self._gate(model, before, force)
            after = revised(before, state=VersionState.PUBLISHED, published_at=now(), forced=forced)
            await self._repository.commit(Change(before, after), Change(model, _with_published(model, after)), by=by)
            return after

        return await self._in_turn(model_id, attempt)

    async def _gate(self, model: StoredModel, version: StoredVersion, force: str) -> str:
        """The reason it needs to be forced with; empty if it breaks nobody. Raises Incompatible."""
        if is_prerelease(version.version):
            return ""
        followed = await self._followed(model, version.version)
        if followed is None or version.artifact is None or followed.artifact is None:
            return ""
        reasons = breaks(followed.artifact.signature, version.artifact.signature)
        if reasons and not force:
            raise incompatible(version.version, followed.version, reasons)
        return force if reasons else ""

    async def _followed(self, model: StoredModel, number: str) -> StoredVersion | None:
        """The highest published release below `number` with the same major number."""
        range_below = parse_reference(f">={major(number)} <{number.partition('+')[0]}")
        followed = await self._repository.highest_published(model.id, range_below)
        return await self._version(model, followed) if followed else None

    async def deprecate_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> StoredVersion:
        """published -> deprecated; refused while an alias points at it. Repeating it answers the same.

        Raises InvalidInput, NotFound, WrongState, RevisionMismatch.
        """
        by.require(Scope.MODELS_WRITE)
        number = parse(version)

        async def attempt() -> StoredVersion:
            model, before = await self._expected(by, model_id, number, expected_revision)
            if before.state is VersionState.DEPRECATED:
                return before
            check_move(number, before.state, VersionState.DEPRECATED)
            check_unaliased(model.aliases, number)
            after = revised(before, state=VersionState.DEPRECATED, deprecated_at=now())
            left = await self._with_deprecated(model, number)
            await self._repository.commit(Change(before, after), Change(model, left), by=by)
            return after

        return await self._in_turn(model_id, attempt)

    async def _with_deprecated(self, model: StoredModel, number: str) -> StoredModel:
        """The model once `number` is deprecated: the highest release that is still published is `latest`."""
        if model.latest_version != number:
            return revised(model)
        lower = parse_reference(f"<{number.partition('+')[0]}")
        latest = await self._repository.highest_published(model.id, lower)
        if not latest:
            return revised(model, latest_version="")
        return revised(model, latest_version=latest, headline=headline(await self._version(model, latest)))

    async def delete_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> None:
        """Of a draft or a failed version; its number is free again, its revisions are not.

        Raises InvalidInput, NotFound, WrongState, RevisionMismatch.
        """
        by.require(Scope.MODELS_DELETE)
        number = parse(version)

        async def attempt() -> None:
            model, before = await self._expected(by, model_id, number, expected_revision)
            check_deletable(number, before.state)
            left = await self._without(model, before)
            await self._repository.commit(Change(before, None), Change(model, left), by=by)

        await self._in_turn(model_id, attempt)

    async def _without(self, model: StoredModel, gone: StoredVersion) -> StoredModel:
        """The model without a draft: if the older contract showed it, it shows the highest of the others."""
        shown = model.headline
        if shown and shown.version == gone.version:
            others = [v for v in await self._repository.versions(model.id, limit=2) if v.version != gone.version]
            shown = headline(others[0]) if others else None
        return revised(model, headline=shown, deleted_revision=max(model.deleted_revision, gone.revision))

    async def _expected(
        self, by: Principal, model_id: str, number: str, revision: int | None
    ) -> tuple[StoredModel, StoredVersion]:
        """A model and its version, to be changed, as they are stored now. Raises NotFound, RevisionMismatch."""
        model = await self._changeable(by, model_id)
        found = await self._version(model, number)
        expect("version", found, revision)
        return model, found


def _visible(by: Principal, version: StoredVersion) -> bool:
    """Of another tenant's public model, what is not served is its owner's affair."""
    return may_change(by, version.tenant_id) or version.state in SERVED


def headline(version: StoredVersion) -> Headline:
    """What the older contract shows of a version."""
    if version.artifact is None:
        return Headline(version=version.version)
    file = version.artifact
    return Headline(version=version.version, size=file.size, checksum=file.sha256, storage_path=file.storage_key)


def _with_published(model: StoredModel, version: StoredVersion) -> StoredModel:
    """The model once `version` is published: it has something to serve, and maybe a new `latest`."""
    if model.status in {ModelStatus.PENDING, ModelStatus.BUILDING}:
        model = replace(model, status=ModelStatus.READY)
    if not is_prerelease(version.version) and newer(version.version, model.latest_version):
        model = replace(model, latest_version=version.version, headline=headline(version))
    return revised(model)
