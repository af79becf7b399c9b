"""Rollouts of aliases. Every change is one transaction: the model that has the alias, and a record of its history."""

import re
from dataclasses import replace
from datetime import datetime

from functions.registry.catalog.access import Access
from functions.registry.catalog.deprecations import with_deprecated
from functions.registry.catalog.lookup import existing_alias, resolve, stored_version
from functions.registry.catalog.moves import Move, commit_move
from functions.registry.catalog.narrowing import check_version
from functions.registry.catalog.revisions import revised
from functions.registry.contention import Contention
from functions.registry.ports import Change, Repository
from functions.registry.rollout_records import rollout_room
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.aliases import Alias, MoveKind, alias_name, check_target
from maas.domain.catalog.compatibility import broken_by
from maas.domain.catalog.references import Reference, parse_reference
from maas.domain.catalog.versions import VersionState
from maas.domain.clock import now
from maas.domain.errors import (
    Incompatible,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RevisionMismatch,
    Rule,
    WrongState,
)
from maas.domain.identity.principals import JUDGE, Principal, Scope
from maas.domain.ids import new_id
from maas.domain.pages import Page
from maas.domain.rollouts.rollouts import (
    ActiveRollout,
    NewRollout,
    Rollout,
    RolloutAction,
    RolloutChange,
    RolloutState,
    changed,
)

LIST_MAX = 1000
# Bytes of the active rollouts of one model, which are in its item with all else: DynamoDB takes 400 KB.
ROLLOUTS_BYTES_MAX = 224 * 1024
# A model's id and an alias.
_PLACE = re.compile(r"[0-9a-f-]{36}#[a-z][a-z0-9-]{0,62}")


class RolloutService:
    """Implements maas.services.ports.rollouts.RolloutRegistry."""

    def __init__(self, repository: Repository, access: Access, contention: Contention) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention

    async def get_rollout(self, by: Principal, model_id: str, alias: str) -> Rollout:
        """The last rollout of an alias."""
        by.require(Scope.MODELS_READ)
        name = alias_name(alias)
        # Only insiders see who began it, and why it ended.
        return await self._last(await self._access.changeable(by, model_id, Scope.MODELS_READ), name)

    async def start_rollout(self, by: Principal, model_id: str, new: NewRollout) -> tuple[Rollout, bool]:
        """Begins a rollout; returns it, and whether it is new. Asking for the active one again changes nothing."""
        by.require(Scope.MODELS_WRITE)
        new = replace(new, alias=alias_name(new.alias)).checked(now())
        reference = parse_reference(new.candidate, "candidate")

        async def attempt() -> tuple[Rollout, bool]:
            model = await self._access.changeable(by, model_id, Scope.MODELS_WRITE)
            alias = existing_alias(model, new.alias)
            candidate = await self._candidate(by, model, reference, new)
            if (active := alias.active_rollout) and _is_same(active, new, candidate.version):
                return active, False
            live = await self._checked_live(by, model, alias, candidate, new.force)
            return await self._begin_rollout(by, model, alias, new, (live, candidate)), True

        return await self._contention.settle(model_id, attempt)

    async def change_rollout(self, by: Principal, model_id: str, change: RolloutChange) -> Rollout:
        """Goes on with a rollout, or ends it."""
        by.require(Scope.MODELS_WRITE)
        name, reason = alias_name(change.alias), value_rules.optional_reason(change.reason)

        async def attempt() -> Rollout:
            model = await self._access.changeable(by, model_id, Scope.MODELS_WRITE)
            rollout = await self._last(model, name)
            if change.expected not in (None, rollout.revision):
                message = f"the rollout of {name} is at revision {rollout.revision}, not {change.expected}"
                raise RevisionMismatch(message)
            check_version(by, model.id, rollout.candidate, field="alias")
            candidate = await stored_version(self._repository, model, rollout.candidate)
            if change.action in (RolloutAction.START, RolloutAction.PROMOTE):
                check_target(candidate, field="candidate")
            taken_back = _taken_back(model, name, candidate) if change.action is RolloutAction.ABORT else candidate
            is_left = taken_back is candidate
            after = revised(model) if is_left else await with_deprecated(self._repository, model, candidate.version)
            result = changed(rollout, change.action, reason, after.updated_at, after.revision)
            versions = Change(candidate, taken_back)
            moves = change.action is RolloutAction.PROMOTE
            return await self._commit_rollout(by, model, after, name, result, versions, moves=moves)

        return await self._contention.settle(model_id, attempt)

    async def list_rollouts(self, by: Principal, *, limit: int, after: str) -> Page[ActiveRollout]:
        """A page of the active rollouts of all organizations. `after` is the place where the last page ended."""
        if by.tenant_id and by.subject != JUDGE:
            raise PermissionDenied("only the judge of rollouts may do this")
        size = value_rules.limit(limit, maximum=LIST_MAX)
        if after and not _PLACE.fullmatch(after):
            raise InvalidInput.of("after", Rule.INVALID, "is not the place where a page has ended")
        notes = await self._repository.rollouts(after=after, limit=size)
        ids = sorted({model_id for model_id, _ in notes})  # the table refuses a read that has a key twice
        models = {model.id: model for model in await self._repository.models_of(ids)}
        found = [_active(models[model_id], alias) for model_id, alias in notes if model_id in models]
        more = "#".join(notes[-1]) if len(notes) == size else ""
        return Page(tuple(each for each in found if each), more)

    async def _candidate(
        self, by: Principal, model: StoredModel, reference: Reference, new: NewRollout
    ) -> StoredVersion:
        number = await resolve(self._repository, model, reference)
        if not number:
            raise NotFound.of("candidate", reference.kind, new.candidate)
        check_version(by, model.id, number, field="candidate")
        version = await stored_version(self._repository, model, number, field="candidate")
        if not (new.release and version.state is VersionState.READY):
            check_target(version, field="candidate")
        return version

    async def _checked_live(
        self, by: Principal, model: StoredModel, alias: Alias, candidate: StoredVersion, force: str
    ) -> StoredVersion:
        """The live version, which the candidate may follow."""
        check_version(by, model.id, alias.version, field="alias")
        if active := alias.active_rollout:
            message = (
                f"a rollout of {alias.name} to {active.candidate} is {active.state}: promote it, or abort it, first"
            )
            raise WrongState.of("alias", message)
        if candidate.version == alias.version:
            raise InvalidInput.of("candidate", Rule.REPEATED, f"{alias.name} points at {candidate.version} already")
        live = await stored_version(self._repository, model, alias.version)
        assert live.artifact
        assert candidate.artifact  # both were published
        if (reasons := broken_by(live.artifact, candidate.artifact)) and not force:
            message = f"version {candidate.version} breaks callers of {live.version} in {len(reasons)} way(s); force it"
            raise Incompatible(f"{message} with a reason", reasons)
        return live

    async def _begin_rollout(
        self,
        by: Principal,
        model: StoredModel,
        alias: Alias,
        new: NewRollout,
        versions: tuple[StoredVersion, StoredVersion],
    ) -> Rollout:
        live, candidate = versions
        after = revised(model)
        rollout = Rollout(
            id=new_id(),
            live=live.version,
            candidate=candidate.version,
            plan=new.plan,
            steps=tuple(new.steps),
            sticky_by=new.sticky_by,
            guards=tuple(new.guards or ()),
            budget=new.budget,
            tolerance=new.tolerance,
            state=_first_state(new, after.updated_at),
            step=0,
            since=after.updated_at,
            start_at=new.start_at,
            publishes=candidate.state is VersionState.READY,
            reason=new.force,
            force=new.force,
            created_by=by.subject,
            created_at=after.updated_at,
            revision=after.revision,
        )
        _check_room(model, rollout)
        return await self._commit_rollout(by, model, after, alias.name, rollout, Change(candidate, candidate))

    async def _commit_rollout(
        self,
        by: Principal,
        model: StoredModel,
        after: StoredModel,
        name: str,
        rollout: Rollout,
        candidate: Change,
        *,
        moves: bool = False,
    ) -> Rollout:
        """Commits a rollout with what becomes of its candidate. With `moves` the alias points at that from now on.

        The model's item has active rollouts alone: what has ended is in the history.
        """
        before = model.aliases[name]
        alias = replace(before, rollout=rollout)
        if not rollout.is_active:
            alias = replace(before, rollout=None, rolled_at=after.updated_at, ended=rollout.outline)
        if moves:
            alias = replace(alias, version=rollout.candidate, revision=after.revision, moved_at=after.updated_at)
        move = Move(
            kind=MoveKind.PROMOTE if moves else MoveKind.ROLLOUT,
            name=name,
            alias=alias,
            reason=rollout.reason,
            back_to=before.moved_at if moves else None,
            rollout=rollout,
        )
        await commit_move(self._repository, by, model, after, move, candidate)
        return rollout

    async def _last(self, model: StoredModel, name: str) -> Rollout:
        """The active rollout of an alias, or the last one that has ended. Raises NotFound (alias)."""
        alias = existing_alias(model, name)
        if alias.rollout:
            return alias.rollout
        if alias.rolled_at:
            for move in await self._repository.alias_moves(model.id, name, limit=1, until=alias.rolled_at):
                if move.rollout:
                    return move.rollout
        raise NotFound.of("alias", "rollout", name)


def _check_room(model: StoredModel, new: Rollout) -> None:
    """Raises WrongState if the model's item could become too large with this rollout."""
    active = [each.active_rollout for each in model.aliases.values()]
    if sum(rollout_room(each) for each in (*active, new) if each) > ROLLOUTS_BYTES_MAX:
        message = "the active rollouts of the model leave no room for another one: end one of them first"
        raise WrongState.of("alias", message)


def _first_state(new: NewRollout, at: datetime) -> RolloutState:
    if new.release:
        return RolloutState.PREPARING
    waits = new.start_at is not None and new.start_at > at
    return RolloutState.SCHEDULED if waits else RolloutState.RUNNING


def _taken_back(model: StoredModel, name: str, candidate: StoredVersion) -> StoredVersion:
    """The candidate after the rollout of the alias `name` was aborted.

    It is deprecated if the rollout published it, and no alias points at it or is to move there.
    """
    rollout = model.aliases[name].rollout
    others = [alias for other, alias in model.aliases.items() if other != name]
    to_move = (alias.active_rollout.candidate for alias in others if alias.active_rollout)
    is_used = candidate.version in (*(alias.version for alias in model.aliases.values()), *to_move)
    if not (rollout and rollout.publishes) or candidate.state is not VersionState.PUBLISHED or is_used:
        return candidate
    return revised(candidate, state=VersionState.DEPRECATED, deprecated_at=now())


def _is_same(active: Rollout, new: NewRollout, candidate: str) -> bool:
    def terms(of: Rollout | NewRollout) -> tuple[object, ...]:
        return (of.plan, tuple(of.steps), of.sticky_by, tuple(of.guards or ()), of.budget, of.tolerance, of.start_at)

    return candidate == active.candidate and terms(new) == terms(active)


def _active(model: StoredModel, name: str) -> ActiveRollout | None:
    """The active rollout of an alias; None if it has ended since its note was read."""
    alias = model.aliases.get(name)
    if alias is None or alias.active_rollout is None:
        return None
    return ActiveRollout(tenant_id=model.tenant_id, model_id=model.id, alias=name, rollout=alias.active_rollout)
