"""The versions of models: drafts, reading, publishing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from functions.registry import cursors
from functions.registry.models import READERS
from functions.registry.ports import Change
from functions.registry.service import Service, may_change, now, revised, until_settled
from maas.domain import rules
from maas.domain.errors import NotFound
from maas.domain.models import Headline, Model, ModelStatus, Page
from maas.domain.principals import Principal, Scope
from maas.domain.references import Reference, parse_reference
from maas.domain.versions import (
    SERVED,
    Version,
    VersionState,
    check_move,
    checked_metadata,
    is_prerelease,
    newer,
    parse,
)


class VersionService(Service):
    """Implements maas.services.ports.VersionRegistry."""

    async def create_version(
        self, by: Principal, model_id: str, version: str, *, changelog: str, metadata: Mapping[str, Any]
    ) -> Version:
        """A draft. Raises InvalidInput, NotFound, AlreadyExists (version)."""
        by.require(Scope.MODELS_WRITE)
        number, changes, details = parse(version), rules.changelog(changelog), checked_metadata(dict(metadata))

        async def attempt() -> Version:
            model, at = await self._changeable(by, model_id), now()
            draft = Version(
                model_id=model.id,
                tenant_id=model.tenant_id,
                version=number,
                state=VersionState.DRAFT,
                changelog=changes,
                metadata=details,
                created_by=by.subject,
                created_at=at,
                updated_at=at,
            )
            # While nothing is `latest`, the newest version is what the older contract shows.
            after = model if model.latest_version else revised(model, headline=headline(draft))
            await self._repository.commit(Change(None, draft), Change(model, after))
            return draft

        return await until_settled(attempt)

    async def get_version(self, by: Principal, model_id: str, ref: str) -> Version:
        """`ref` is an exact version, `latest` or a range. Raises InvalidInput (ref), NotFound."""
        by.require(*READERS)
        reference = parse_reference(ref)
        model = await self._readable(by, model_id)
        number = reference.number or await self._resolved(model, reference)
        if not number:
            raise NotFound.of("ref", "published version", ref)
        found = await self._version(model, number, field="ref", fresh=False)
        if not reference.number and found.state not in SERVED:  # cached before it was published
            found = await self._version(model, number, field="ref")
        if not _visible(by, found):
            raise NotFound.of("ref", "version", number)
        return found

    async def _resolved(self, model: Model, reference: Reference) -> str:
        """The number that is meant now; empty if none is."""
        if not reference.alternatives:
            return model.latest_version
        return await self._repository.highest_published(model.id, reference)

    async def list_versions(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[Version]:
        """Highest precedence first. Raises InvalidInput, NotFound."""
        by.require(Scope.MODELS_READ)
        size = rules.limit(limit)
        model = await self._readable(by, model_id)
        of_list = f"versions {model.id}"
        after = cursors.decode(cursor, of_list)
        if after:
            parse(after, "cursor")  # the digest in a cursor tells lists apart, it does not authenticate
        found = await self._visible_versions(by, model, size + 1, after)
        last = found[size - 1].version if len(found) > size else ""
        return Page(tuple(found[:size]), cursors.encode(last, of_list))

    async def _visible_versions(self, by: Principal, model: Model, limit: int, after: str) -> list[Version]:
        found: list[Version] = []
        while len(found) < limit:
            batch = await self._repository.versions(model.id, limit=limit, after=after)
            found += [version for version in batch if _visible(by, version)]
            if len(batch) < limit:
                break
            after = batch[-1].version
        return found[:limit]

    async def publish_version(self, by: Principal, model_id: str, version: str) -> Version:
        """Raises InvalidInput, NotFound, WrongState. Publishing what is published answers the same again."""
        by.require(Scope.MODELS_WRITE)
        number = parse(version)

        async def attempt() -> Version:
            model = await self._changeable(by, model_id)
            before = await self._version(model, number)
            if before.state is VersionState.PUBLISHED:
                return before
            check_move(number, before.state, VersionState.PUBLISHED)
            after = revised(before, state=VersionState.PUBLISHED, published_at=now())
            await self._repository.commit(Change(before, after), Change(model, _with_published(model, after)))
            return after

        return await until_settled(attempt)


def _visible(by: Principal, version: Version) -> bool:
    """Of another tenant's public model, what is not served is its owner's affair."""
    return may_change(by, version.tenant_id) or version.state in SERVED


def headline(version: Version) -> Headline:
    """What the older contract shows of a version."""
    if version.artifact is None:
        return Headline(version=version.version)
    file = version.artifact
    return Headline(version=version.version, size=file.size, checksum=file.sha256, storage_path=file.storage_key)


def _with_published(model: Model, version: Version) -> Model:
    """The model once `version` is published: it has something to serve, and maybe a new `latest`."""
    if model.status in {ModelStatus.PENDING, ModelStatus.BUILDING}:
        model = replace(model, status=ModelStatus.READY)
    if not is_prerelease(version.version) and newer(version.version, model.latest_version):
        model = replace(model, latest_version=version.version, headline=headline(version))
    return revised(model)
