"""Aliases and their moves as plain values, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.registry.rollout_records import rollout_of, rollout_values
from maas.domain.catalog.aliases import Alias, AliasMove, MoveKind
from maas.domain.rollouts.rollouts import Rollout


def aliases_values(aliases: Mapping[str, Alias]) -> dict[str, Any]:
    """The aliases of one model, by name."""
    return {
        alias.name: {
            "version": alias.version,
            "revision": alias.revision,
            "moved_at": alias.moved_at.isoformat(),
            **({"rollout": rollout_values(alias.rollout)} if alias.rollout else {}),
            **({"rolled_at": alias.rolled_at.isoformat()} if alias.rolled_at else {}),
            **({"ended": rollout_values(alias.ended)} if alias.ended else {}),
        }
        for alias in aliases.values()
    }


def aliases_of(values: Mapping[str, Any]) -> dict[str, Alias]:
    return {name: _alias_of(name, alias) for name, alias in values.items()}


def _alias_of(name: str, values: Mapping[str, Any]) -> Alias:
    moved_at = datetime.fromisoformat(values["moved_at"])
    rolled_at = datetime.fromisoformat(values["rolled_at"]) if "rolled_at" in values else None
    return Alias(
        name,
        values["version"],
        int(values["revision"]),
        moved_at,
        _rollout_of(values),
        rolled_at,
        _rollout_of(values, "ended"),
    )


def _rollout_of(values: Mapping[str, Any], name: str = "rollout") -> Rollout | None:
    """The rollout of an alias or move; records of earlier releases have none."""
    return rollout_of(values[name]) if values.get(name) else None


def move_values(move: AliasMove) -> dict[str, Any]:
    return {
        "model_id": move.model_id,
        "tenant_id": move.tenant_id,
        "alias": move.alias,
        "kind": str(move.kind),
        "from_version": move.from_version,
        "to_version": move.to_version,
        "reason": move.reason,
        "moved_by": move.moved_by,
        "at": move.at.isoformat(),
        "revision": move.revision,
        "back_to": move.back_to and move.back_to.isoformat(),
        **({"rollout": rollout_values(move.rollout)} if move.rollout else {}),
    }


def move_of(values: Mapping[str, Any]) -> AliasMove:
    return AliasMove(
        model_id=values["model_id"],
        tenant_id=values["tenant_id"],
        alias=values["alias"],
        kind=MoveKind(values["kind"]),
        from_version=values["from_version"],
        to_version=values["to_version"],
        reason=values["reason"],
        moved_by=values["moved_by"],
        at=datetime.fromisoformat(values["at"]),
        revision=int(values["revision"]),
        back_to=values["back_to"] and datetime.fromisoformat(values["back_to"]),
        rollout=_rollout_of(values),
    )
