"""Aliases and their moves as values of the registry table's items, and back; the keys are in items.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from maas.domain.catalog.aliases import Alias, AliasMove, MoveKind


def aliases_item(aliases: Mapping[str, Alias]) -> dict[str, Any]:
    """What a model's item carries of them."""
    return {
        alias.name: {"version": alias.version, "revision": alias.revision, "moved_at": alias.moved_at.isoformat()}
        for alias in aliases.values()
    }


def aliases_of(item: Mapping[str, Any]) -> dict[str, Alias]:
    return {
        name: Alias(name, held["version"], int(held["revision"]), datetime.fromisoformat(held["moved_at"]))
        for name, held in item.items()
    }


def move_values(move: AliasMove) -> dict[str, Any]:
    return {
        "model": move.model_id,
        "tenant": move.tenant_id,
        "alias": move.alias,
        "kind": str(move.kind),
        "from_version": move.from_version,
        "to_version": move.to_version,
        "reason": move.reason,
        "moved_by": move.moved_by,
        "at": move.at.isoformat(),
        "revision": move.revision,
        "back_to": move.back_to and move.back_to.isoformat(),
    }


def move_of(item: Mapping[str, Any]) -> AliasMove:
    return AliasMove(
        model_id=item["model"],
        tenant_id=item["tenant"],
        alias=item["alias"],
        kind=MoveKind(item["kind"]),
        from_version=item["from_version"],
        to_version=item["to_version"],
        reason=item["reason"],
        moved_by=item["moved_by"],
        at=datetime.fromisoformat(item["at"]),
        revision=int(item["revision"]),
        back_to=datetime.fromisoformat(item["back_to"]) if item["back_to"] else None,
    )
