"""Commits moves of aliases and changes of rollouts: the model that has the alias, and the record of its history."""

from dataclasses import dataclass, replace
from datetime import datetime

from functions.registry.ports import Change, Repository
from functions.registry.stored import Effect, StoredModel
from maas.domain.catalog.aliases import Alias, AliasMove, MoveKind
from maas.domain.identity.principals import Principal
from maas.domain.rollouts.rollouts import Rollout


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """`alias` is the alias after it, None if it is deleted. `rollout` is the one that the move changes.

    `back_to` is the time of the move that a rollback of this one returns to.
    """

    kind: MoveKind
    name: str
    alias: Alias | None
    reason: str
    back_to: datetime | None = None
    rollout: Rollout | None = None


async def commit_move(
    repository: Repository,
    by: Principal,
    model: StoredModel,
    after: StoredModel,
    move: Move,
    *versions: Change,
    effect: Effect | None = None,
) -> None:
    """Commits a move with the versions that it changes or relies on. `after` is the model but for its aliases.

    The `effect` is kept for a request that may be repeated. Raises what `Repository.commit` does.
    """
    before = model.aliases.get(move.name)
    others = {name: other for name, other in model.aliases.items() if name != move.name}
    after = replace(after, aliases={**others, move.name: move.alias} if move.alias else others)
    record = AliasMove(
        model_id=model.id,
        tenant_id=model.tenant_id,
        alias=move.name,
        kind=move.kind,
        from_version=before.version if before else "",
        to_version=move.alias.version if move.alias else "",
        reason=move.reason,
        moved_by=by.subject,
        at=after.updated_at,
        revision=after.revision,
        back_to=move.back_to,
        rollout=move.rollout,
    )
    await repository.commit(Change(model, after, effect), Change(None, record), *versions, by=by)
