"""Aliases between the domain and the contract."""

from datetime import datetime

from maas.contracts.aliases import AliasAnswer, AliasMoveAnswer, LiveAtAnswer, SetAlias
from maas.domain.catalog.aliases import Alias, AliasMove, AliasTarget, Expectation, LiveAt
from maas.web.presenters.rollouts import rollout_answer


def alias_target(body: SetAlias, alias: str, expected: Expectation) -> AliasTarget:
    return AliasTarget(alias=alias, version=body.version, reason=body.reason, expected=expected)


def alias_answer(alias: Alias) -> AliasAnswer:
    return AliasAnswer(alias=alias.name, version=alias.version, moved_at=alias.moved_at, revision=alias.revision)


def alias_move_answer(move: AliasMove) -> AliasMoveAnswer:
    return AliasMoveAnswer(
        alias=move.alias,
        kind=move.kind,
        from_version=move.from_version or None,
        to_version=move.to_version or None,
        reason=move.reason or None,
        moved_by=move.moved_by,
        moved_at=move.at,
        revision=move.revision,
        rollout=rollout_answer(move.alias, move.rollout) if move.rollout else None,
    )


def live_at_answer(alias: str, at: datetime, live: LiveAt) -> LiveAtAnswer:
    move = None if live.move is None else alias_move_answer(live.move)
    return LiveAtAnswer(alias=alias, at=at, version=live.version or None, move=move)
