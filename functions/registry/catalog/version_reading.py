"""Reads of versions: one by a reference, and lists."""

import asyncio
from dataclasses import replace
from functools import partial

from functions.registry.catalog.access import Access, is_inside, rights_of
from functions.registry.catalog.lookup import is_visible, resolve
from functions.registry.catalog.narrowing import is_for_version
from functions.registry.ports import Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.capturing.captures import Capture
from maas.domain.catalog.references import Reference, parse_reference
from maas.domain.catalog.routed import Routed
from maas.domain.catalog.versions import LATEST, SERVED, Version
from maas.domain.errors import FieldError, NotFound, Rule
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.domain.pages import Page, cut
from maas.domain.rollouts.rollouts import Rollout
from maas.security.cursors import Cursors

_Found = tuple[StoredVersion, Rollout | None, Capture | None]


class VersionReadingService:
    """Implements maas.services.ports.routed_versions.RoutedVersionReader, and the lists of VersionRegistry."""

    def __init__(self, repository: Repository, access: Access, cursors: Cursors) -> None:
        self._repository = repository
        self._access = access
        self._cursors = cursors

    async def get_version(
        self, by: Principal, model_id: str, ref: str, right: Scope | None = Scope.MODELS_READ
    ) -> StoredVersion:
        """The version that a reference stands for; an empty one is the model's `default_ref`.

        For uploads it is read as it is stored now, because whoever asks decides about files.
        """
        return (await self._routed(by, model_id, ref, right))[0]

    async def routed_version(
        self, by: Principal, model_id: str, ref: str, right: Scope | None = Scope.INFERENCE_INVOKE
    ) -> Routed:
        """Returns what get_version does, with the last rollout of the alias that it is, and the model's capture."""
        return Routed(*await self._routed(by, model_id, ref, right))

    async def _routed(self, by: Principal, model_id: str, ref: str, right: Scope | None) -> _Found:
        by.require(*rights_of(right))
        if not ref:
            return await self._default_version(by, model_id, right)
        reference = parse_reference(ref)
        model = await self._access.readable(by, model_id, *rights_of(right))
        version = await self._version(by, model, reference, ref, right)
        capture = model.capture if by.tenant_id == model.tenant_id else None
        return await self._redacted(by, version), _rollout_for(by, model, reference), capture

    async def _version(
        self, by: Principal, model: StoredModel, reference: Reference, ref: str, right: Scope | None
    ) -> StoredVersion:
        number = await resolve(self._repository, model, reference)
        if not number:
            raise NotFound.of("ref", reference.kind, ref)
        found = None
        if right is not Scope.UPLOADS_WRITE:
            found = await self._repository.visible_version(model.id, number, partial(is_visible, by))
        # Without a number, the version may have been cached before it was published.
        if right is Scope.UPLOADS_WRITE or (not reference.number and (found is None or found.state not in SERVED)):
            found = await self._repository.version(model.id, number)
        if found is None or not is_visible(by, found):
            raise NotFound.of("ref", reference.kind, ref)
        return found

    async def _default_version(self, by: Principal, model_id: str, right: Scope | None) -> _Found:
        """The version of the model's `default_ref`. Raises NotFound (model_id, default_ref; ref if that is latest)."""
        ref = (await self._access.readable(by, model_id, *rights_of(right))).default_ref
        try:
            return await self._routed(by, model_id, ref, right)
        except NotFound as error:
            if ref == LATEST or error.fields[0].field != "ref":
                raise
            message = f"the model's default_ref is {ref}, and there is no such {parse_reference(ref).kind}"
            raise NotFound(message, [FieldError("default_ref", Rule.EXISTS, message)]) from error

    async def list_versions(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[Version]:
        """A page of versions, highest precedence first, without their model cards and details."""
        by.require(Scope.MODELS_READ)
        size = value_rules.limit(limit)
        model = await self._access.readable(by, model_id, Scope.MODELS_READ)
        of_list = list_of(by, "versions", model.id)
        found = await self._visible_versions(by, model, size + 1, self._cursors.decode(cursor, of_list))
        versions, last = cut(found, size, lambda version: version.version)
        page = await asyncio.gather(*(self._redacted(by, version.listed()) for version in versions))
        return Page(tuple(page), self._cursors.encode(last, of_list))

    async def _visible_versions(self, by: Principal, model: StoredModel, limit: int, after: str) -> list[StoredVersion]:
        found: list[StoredVersion] = []
        while len(found) < limit:
            batch = await self._repository.versions(model.id, limit=limit, after=after)
            found += [version for version in batch if is_visible(by, version)]
            if len(batch) < limit:
                break
            after = batch[-1].version
        return found[:limit]

    async def _redacted(self, by: Principal, version: StoredVersion) -> StoredVersion:
        """Removes for other tenants the creator, the reason of a forced publish, and a parent that they can't see."""
        if is_inside(by, version):
            return version
        sees, number = partial(is_visible, by), version.parent
        parent = number and await self._repository.visible_version(version.model_id, number, sees)
        return replace(version, created_by="", forced="", upload_id="", parent=parent.version if parent else "")


def _rollout_for(by: Principal, model: StoredModel, reference: Reference) -> Rollout | None:
    alias = model.aliases.get(reference.alias) if reference.alias else None
    rollout = (alias.rollout or alias.ended) if alias else None
    return rollout if rollout and is_for_version(by, model.id, rollout.candidate) else None
