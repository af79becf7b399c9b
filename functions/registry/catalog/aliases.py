"""Aliases. Every move is one transaction: the model that has them, the move's record, and a check of the version."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.registry.catalog.access import Access, is_inside
from functions.registry.catalog.effects import Effects, effect_of
from functions.registry.catalog.lookup import existing_alias, resolve, stored_version
from functions.registry.catalog.moves import Move, commit_move
from functions.registry.catalog.narrowing import check_version
from functions.registry.catalog.revisions import revised
from functions.registry.contention import Contention
from functions.registry.ports import Change, Repository
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
    check_no_rollout,
    check_room,
    check_target,
)
from maas.domain.catalog.references import Reference
from maas.domain.errors import NotFound, WrongState
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.domain.pages import Page, cut
from maas.security.cursors import Cursors


@dataclass(frozen=True, slots=True)
class _Move:
    """A move to commit. A `version` of None deletes the alias. A rollback returns to the move at the time `back_to`."""

    kind: MoveKind
    alias: str
    version: StoredVersion | None
    reason: str
    back_to: datetime | None


class AliasService:
    """Implements maas.services.ports.aliases.AliasRegistry."""

    def __init__(self, repository: Repository, access: Access, contention: Contention, cursors: Cursors) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention
        self._cursors = cursors
        self._effects = Effects(repository, access, contention)

    async def list_aliases(self, by: Principal, model_id: str) -> list[Alias]:
        """All aliases of a model, by name."""
        by.require(Scope.MODELS_READ)
        model = await self._access.readable(by, model_id, Scope.MODELS_READ)
        return [_shown(by, model, model.aliases[name]) for name in sorted(model.aliases)]

    async def get_alias(self, by: Principal, model_id: str, alias: str) -> Alias:
        """One alias of a model."""
        by.require(Scope.MODELS_READ)
        name = alias_name(alias)
        model = await self._access.readable(by, model_id, Scope.MODELS_READ)
        return _shown(by, model, existing_alias(model, name))

    async def set_alias(self, by: Principal, model_id: str, target: AliasTarget) -> tuple[Alias, bool]:
        """Points an alias at a version; returns it, and whether it is new."""
        by.require(Scope.MODELS_WRITE)
        target, reference = target.checked()

        async def attempt() -> tuple[Alias, bool]:
            model = await self._access.changeable(by, model_id, Scope.MODELS_WRITE)
            current = model.aliases.get(target.alias)
            target.expected.check(target.alias, current)
            version = await self._target(model, reference, target.version)
            check_version(by, model.id, version.version)
            if current is None:
                check_room(model.aliases)
                return await self._create_alias(by, model, version, target), True
            _check_standing(by, model, current)
            if current.version == version.version:
                return current, False
            check_no_rollout(current)
            target.expected.require(target.alias)
            move = _Move(MoveKind.MOVE, target.alias, version, target.reason, current.moved_at)
            return await self._commit_move(by, model, move), False

        return await self._contention.settle(model_id, attempt)

    async def delete_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> None:
        """Deletes an alias; its history stays."""
        by.require(Scope.MODELS_WRITE)
        name, reason = alias_name(alias), value_rules.optional_reason(reason)

        async def attempt() -> None:
            model = await self._access.changeable(by, model_id, Scope.MODELS_WRITE)
            expected.check(name, model.aliases.get(name))
            current = existing_alias(model, name)
            _check_standing(by, model, current)
            check_no_rollout(current)
            await self._commit_move(by, model, _Move(MoveKind.DELETE, name, None, reason, current.moved_at))

        await self._contention.settle(model_id, attempt)

    async def rollback_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> Alias:
        """Points an alias at its previous version; repeated rollbacks go further back."""
        by.require(Scope.MODELS_WRITE)
        name, reason = alias_name(alias), value_rules.optional_reason(reason)
        return await self._effects.once(
            by,
            Alias,
            lambda: self._roll_back(by, model_id, name, reason, expected),
            lambda: self._access.changeable(by, model_id, Scope.MODELS_WRITE),
        )

    async def _roll_back(self, by: Principal, model_id: str, name: str, reason: str, expected: Expectation) -> Alias:
        first = await self._access.changeable(by, model_id, Scope.MODELS_WRITE)
        expected.check(name, first.aliases.get(name))
        # A move in the meantime may be the same rollback, so a retry would go back twice.
        unmoved = Expectation(existing_alias(first, name).revision)

        async def attempt() -> Alias:
            model = await self._access.changeable(by, model_id, Scope.MODELS_WRITE)
            unmoved.check(name, model.aliases.get(name))
            _check_standing(by, model, model.aliases[name])
            check_no_rollout(model.aliases[name])
            previous, version = await self._previous(model, model.aliases[name])
            check_version(by, model.id, version.version)
            return await self._commit_move(by, model, _Move(MoveKind.ROLLBACK, name, version, reason, previous.back_to))

        return await self._contention.settle(model_id, attempt)

    async def list_alias_moves(
        self, by: Principal, model_id: str, alias: str, *, limit: int, cursor: str
    ) -> Page[AliasMove]:
        """A page of an alias's history, newest move first; also of a deleted alias."""
        by.require(Scope.MODELS_READ)
        name, size = alias_name(alias), value_rules.limit(limit)
        model = await self._access.changeable(
            by, model_id, Scope.MODELS_READ
        )  # only its own tenant sees who moved it, and why
        of_list = list_of(by, "aliases", model.id, name)
        position = self._cursors.decode(cursor, of_list)
        until = datetime.fromisoformat(position) if position else None
        found = await self._repository.alias_moves(model.id, name, limit=size + 1, until=until)
        if not found and not cursor:
            raise NotFound.of("alias", "alias", name)
        moves, more = cut(found, size, lambda move: (move.at - timedelta(microseconds=1)).isoformat())
        return Page(tuple(moves), self._cursors.encode(more, of_list))

    async def alias_at(self, by: Principal, model_id: str, alias: str, at: datetime) -> LiveAt:
        """The version that an alias pointed at, at a given time."""
        by.require(Scope.MODELS_READ)
        name = alias_name(alias)
        model = await self._access.changeable(by, model_id, Scope.MODELS_READ)
        found = await self._repository.alias_moves(model.id, name, limit=1, until=at)
        if found:
            return LiveAt(found[0].to_version, found[0])
        if not await self._repository.alias_moves(model.id, name, limit=1):
            raise NotFound.of("alias", "alias", name)
        return LiveAt("", None)

    async def _target(self, model: StoredModel, reference: Reference, text: str) -> StoredVersion:
        number = await resolve(self._repository, model, reference)
        if not number:
            raise NotFound.of("version", reference.kind, text)
        version = await stored_version(self._repository, model, number)
        check_target(version)
        return version

    async def _create_alias(
        self, by: Principal, model: StoredModel, version: StoredVersion, target: AliasTarget
    ) -> Alias:
        """Creates an alias. If it was deleted before, rollbacks go back to its moves before the deletion."""
        back_to = None
        for deletion in await self._repository.alias_moves(model.id, target.alias, limit=1):
            back_to = deletion.back_to
            if back_to and deletion.from_version == version.version:
                back_to = (await self._move_at(model, target.alias, back_to)).back_to
        return await self._commit_move(by, model, _Move(MoveKind.CREATE, target.alias, version, target.reason, back_to))

    async def _previous(self, model: StoredModel, current: Alias) -> tuple[AliasMove, StoredVersion]:
        """The move that a rollback returns to, and its version. Raises WrongState."""
        live = await self._move_at(model, current.name, current.moved_at)
        if live.back_to is None:
            raise WrongState.of("alias", f"{current.name} pointed at nothing before {current.version}")
        previous = await self._move_at(model, current.name, live.back_to)
        version = await stored_version(self._repository, model, previous.to_version)
        check_target(version)
        return previous, version

    async def _move_at(self, model: StoredModel, name: str, at: datetime) -> AliasMove:
        """The move at exactly this time, which must be a time that a record names."""
        [found] = await self._repository.alias_moves(model.id, name, limit=1, until=at)
        return found

    async def _commit_move(self, by: Principal, model: StoredModel, move: _Move) -> Alias:
        """Commits a move. Returns the alias after it, or the deleted one."""
        after, before = revised(model), model.aliases.get(move.alias)
        alias = None
        if move.version:
            alias = Alias(move.alias, move.version.version, after.revision, after.updated_at)
            alias = replace(alias, rolled_at=before.rolled_at, ended=before.ended) if before else alias
        target = [Change(move.version, move.version)] if move.version else []
        made = Move(kind=move.kind, name=move.alias, alias=alias, reason=move.reason, back_to=move.back_to)
        effect = effect_of(by, alias) if alias else None
        await commit_move(self._repository, by, model, after, made, *target, effect=effect)
        return alias or existing_alias(model, move.alias)


def _check_standing(by: Principal, model: StoredModel, alias: Alias) -> None:
    """Raises NotFound if the caller's credential is not for the version that the alias stands for now."""
    check_version(by, model.id, alias.version, field="alias")


def _shown(by: Principal, model: StoredModel, alias: Alias) -> Alias:
    """The alias as the caller sees it: only insiders see its rollout."""
    return alias if is_inside(by, model) else replace(alias, rollout=None)
