"""Aliases: every move is one transaction of the model that carries them, its history, and the version they point at."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.registry.catalog.base import Service, revised
from functions.registry.catalog.cursors import list_of
from functions.registry.ports import Change
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.aliases import (
    NOTHING_EXPECTED,
    Alias,
    AliasMove,
    AliasTarget,
    Expectation,
    LiveAt,
    MoveKind,
    alias_name,
    check_room,
    check_target,
)
from maas.domain.catalog.models import Page
from maas.domain.catalog.references import Reference
from maas.domain.errors import NotFound, WrongState
from maas.domain.identity.principals import Principal, Scope


@dataclass(frozen=True, slots=True)
class _Step:
    """A move that is to be made; `version` None: the alias goes away."""

    kind: MoveKind
    alias: str
    version: StoredVersion | None
    reason: str
    back_to: datetime | None


class AliasService(Service):
    """Implements maas.services.ports.registry.AliasRegistry."""

    async def list_aliases(self, by: Principal, model_id: str) -> list[Alias]:
        """By name. Raises NotFound."""
        by.require(Scope.MODELS_READ)
        model = await self._readable(by, model_id)
        return [model.aliases[name] for name in sorted(model.aliases)]

    async def get_alias(self, by: Principal, model_id: str, alias: str) -> Alias:
        """Raises InvalidInput (alias), NotFound (model_id, alias)."""
        by.require(Scope.MODELS_READ)
        name = alias_name(alias)
        return _found(await self._readable(by, model_id), name)

    async def set_alias(self, by: Principal, model_id: str, target: AliasTarget) -> tuple[Alias, bool]:
        """The alias, and whether it is new. One that points there already stays as it is.

        Raises:
            InvalidInput, NotFound (model_id, version)
            RevisionMismatch: the alias is not as expected.
            PreconditionRequired: it exists, points elsewhere, and nothing was said of its revision.
            WrongState: the version is not published; the model has 50 aliases.
        """
        by.require(Scope.MODELS_WRITE)
        target, reference = target.checked()

        async def attempt() -> tuple[Alias, bool]:
            model = await self._changeable(by, model_id)
            current = model.aliases.get(target.alias)
            target.expected.check(target.alias, current)
            version = await self._target(model, reference, target.version)
            if current is None:
                check_room(model.aliases)
                return await self._create_alias(by, model, version, target), True
            if current.version == version.version:
                return current, False
            target.expected.require(target.alias)
            step = _Step(MoveKind.MOVE, target.alias, version, target.reason, current.moved_at)
            return await self._take(by, model, step), False

        return await self._in_turn(model_id, attempt)

    async def delete_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> None:
        """Its history stays. Raises InvalidInput, NotFound (model_id, alias), RevisionMismatch."""
        by.require(Scope.MODELS_WRITE)
        name, reason = alias_name(alias), value_rules.optional_reason(reason)

        async def attempt() -> None:
            model = await self._changeable(by, model_id)
            expected.check(name, model.aliases.get(name))
            current = _found(model, name)
            await self._take(by, model, _Step(MoveKind.DELETE, name, None, reason, current.moved_at))

        await self._in_turn(model_id, attempt)

    async def rollback_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> Alias:
        """Back to what it pointed at before; the next one goes further back.

        Raises:
            InvalidInput, NotFound (model_id, alias)
            RevisionMismatch: the alias is not as expected, or was moved while this was under way.
            WrongState: it pointed at nothing before, or at what is not published any more.
        """
        by.require(Scope.MODELS_WRITE)
        name, reason = alias_name(alias), value_rules.optional_reason(reason)
        first = await self._changeable(by, model_id)
        expected.check(name, first.aliases.get(name))
        found = Expectation(_found(first, name).revision)  # what comes between may be the same rollback

        async def attempt() -> Alias:
            model = await self._changeable(by, model_id)
            found.check(name, model.aliases.get(name))
            previous, version = await self._previous(model, model.aliases[name])
            return await self._take(by, model, _Step(MoveKind.ROLLBACK, name, version, reason, previous.back_to))

        return await self._in_turn(model_id, attempt)

    async def list_alias_moves(
        self, by: Principal, model_id: str, alias: str, *, limit: int, cursor: str
    ) -> Page[AliasMove]:
        """Newest first, of a deleted alias too. Raises InvalidInput, NotFound (model_id, alias)."""
        by.require(Scope.MODELS_READ)
        name, size = alias_name(alias), value_rules.limit(limit)
        model = await self._changeable(by, model_id)  # who moved it and why is its owner's affair
        of_list = list_of(by, "aliases", model.id, name)
        position = self._cursors.decode(cursor, of_list)
        until = datetime.fromisoformat(position) if position else None
        found = await self._repository.alias_moves(model.id, name, limit=size + 1, until=until)
        if not found and not cursor:
            raise NotFound.of("alias", "alias", name)
        more = (found[size - 1].at - timedelta(microseconds=1)).isoformat() if len(found) > size else ""
        return Page(tuple(found[:size]), self._cursors.encode(more, of_list))

    async def alias_at(self, by: Principal, model_id: str, alias: str, at: datetime) -> LiveAt:
        """What was live then. Raises InvalidInput (alias), NotFound (model_id; alias: there never was one)."""
        by.require(Scope.MODELS_READ)
        name = alias_name(alias)
        model = await self._changeable(by, model_id)
        found = await self._repository.alias_moves(model.id, name, limit=1, until=at)
        if found:
            return LiveAt(found[0].to_version, found[0])
        if not await self._repository.alias_moves(model.id, name, limit=1):
            raise NotFound.of("alias", "alias", name)
        return LiveAt("", None)

    async def _target(self, model: StoredModel, reference: Reference, text: str) -> StoredVersion:
        number = await self._resolved(model, reference)
        if not number:
            raise NotFound.of("version", reference.kind, text)
        version = await self._version(model, number)
        check_target(version)
        return version

    async def _create_alias(
        self, by: Principal, model: StoredModel, version: StoredVersion, target: AliasTarget
    ) -> Alias:
        """A rollback goes back to what the alias was before it was deleted."""
        back_to = None
        for deletion in await self._repository.alias_moves(model.id, target.alias, limit=1):
            back_to = deletion.back_to
            if back_to and deletion.from_version == version.version:
                back_to = (await self._made(model, target.alias, back_to)).back_to
        return await self._take(by, model, _Step(MoveKind.CREATE, target.alias, version, target.reason, back_to))

    async def _previous(self, model: StoredModel, current: Alias) -> tuple[AliasMove, StoredVersion]:
        """The move that a rollback goes back to, and its version. Raises WrongState."""
        live = await self._made(model, current.name, current.moved_at)
        if live.back_to is None:
            raise WrongState.of("alias", f"{current.name} pointed at nothing before {current.version}")
        previous = await self._made(model, current.name, live.back_to)
        version = await self._version(model, previous.to_version)
        check_target(version)
        return previous, version

    async def _made(self, model: StoredModel, name: str, at: datetime) -> AliasMove:
        """The move that happened at exactly this time; there is one at every time that a record names."""
        [found] = await self._repository.alias_moves(model.id, name, limit=1, until=at)
        return found

    async def _take(self, by: Principal, model: StoredModel, step: _Step) -> Alias:
        """The alias as it is now, or was where the step deletes it."""
        after = revised(model)
        before = model.aliases.get(step.alias)
        moved = step.version and Alias(step.alias, step.version.version, after.revision, after.updated_at)
        others = {name: alias for name, alias in model.aliases.items() if name != step.alias}
        after = replace(after, aliases={**others, step.alias: moved} if moved else others)
        move = AliasMove(
            model_id=model.id,
            tenant_id=model.tenant_id,
            alias=step.alias,
            kind=step.kind,
            from_version=before.version if before else "",
            to_version=moved.version if moved else "",
            reason=step.reason,
            moved_by=by.subject,
            at=after.updated_at,
            revision=after.revision,
            back_to=step.back_to,
        )
        target = [Change(step.version, step.version)] if step.version else []
        await self._repository.commit(Change(model, after), Change(None, move), *target, by=by)
        return moved or _found(model, step.alias)


def _found(model: StoredModel, name: str) -> Alias:
    if name not in model.aliases:
        raise NotFound.of("alias", "alias", name)
    return model.aliases[name]
