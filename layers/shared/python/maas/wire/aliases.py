"""Aliases and their history between the domain and maas.registry.v1."""

from maas.domain.catalog.aliases import Alias, AliasMove, AliasTarget, Expectation, LiveAt, MoveKind
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.fields import from_timestamp, to_timestamp
from maas.wire.rollouts import from_rollout, to_rollout


def to_alias(alias: Alias) -> pb.Alias:
    return pb.Alias(
        name=alias.name,
        version=alias.version,
        revision=alias.revision,
        moved_at=to_timestamp(alias.moved_at),
        rollout=to_rollout(alias.rollout) if alias.rollout else None,
    )


def from_alias(message: pb.Alias) -> Alias:
    rollout = from_rollout(message.rollout) if message.HasField("rollout") else None
    return Alias(message.name, message.version, message.revision, from_timestamp(message.moved_at), rollout)


def to_move(move: AliasMove) -> pb.AliasMove:
    return pb.AliasMove(
        model_id=move.model_id,
        tenant_id=move.tenant_id,
        alias=move.alias,
        kind=pb.AliasMoveKind.Value(f"ALIAS_MOVE_KIND_{move.kind.name}"),
        from_version=move.from_version,
        to_version=move.to_version,
        reason=move.reason,
        moved_by=move.moved_by,
        at=to_timestamp(move.at),
        revision=move.revision,
        back_to=to_timestamp(move.back_to),
        rollout=to_rollout(move.rollout) if move.rollout else None,
    )


def from_move(message: pb.AliasMove) -> AliasMove:
    return AliasMove(
        model_id=message.model_id,
        tenant_id=message.tenant_id,
        alias=message.alias,
        kind=MoveKind[pb.AliasMoveKind.Name(message.kind).removeprefix("ALIAS_MOVE_KIND_")],
        from_version=message.from_version,
        to_version=message.to_version,
        reason=message.reason,
        moved_by=message.moved_by,
        at=from_timestamp(message.at),
        revision=message.revision,
        back_to=from_timestamp(message.back_to) if message.HasField("back_to") else None,
        rollout=from_rollout(message.rollout) if message.HasField("rollout") else None,
    )


def to_set_alias(model_id: str, target: AliasTarget) -> pb.SetAliasRequest:
    return pb.SetAliasRequest(
        model_id=model_id,
        alias=target.alias,
        version=target.version,
        reason=target.reason,
        expected=to_expectation(target.expected),
    )


def from_set_alias(message: pb.SetAliasRequest) -> AliasTarget:
    return AliasTarget(
        alias=message.alias,
        version=message.version,
        reason=message.reason,
        expected=from_expectation(message.expected),
    )


def to_expectation(expected: Expectation) -> pb.AliasExpectation:
    return pb.AliasExpectation(revision=expected.revision, exists=expected.exists)


def from_expectation(message: pb.AliasExpectation) -> Expectation:
    return Expectation(
        revision=message.revision if message.HasField("revision") else None,
        exists=message.exists if message.HasField("exists") else None,
    )


def to_live_at(live: LiveAt) -> pb.GetAliasAtResponse:
    return pb.GetAliasAtResponse(version=live.version, move=None if live.move is None else to_move(live.move))


def from_live_at(message: pb.GetAliasAtResponse) -> LiveAt:
    return LiveAt(message.version, from_move(message.move) if message.HasField("move") else None)
