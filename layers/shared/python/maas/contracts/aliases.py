"""Bodies of the aliases' routes."""

from datetime import datetime

from maas.contracts.base import Answer, Body
from maas.domain.catalog.aliases import PRODUCTION, Alias, AliasMove, AliasTarget, Expectation, LiveAt


class SetAlias(Body):
    """`version`: any reference; the alias keeps the number that it means now."""

    version: str
    reason: str = ""

    def target(self, alias: str, expected: Expectation) -> AliasTarget:
        return AliasTarget(alias=alias, version=self.version, reason=self.reason, expected=expected)


class Rollback(Body):
    alias: str = PRODUCTION
    reason: str = ""


class AliasAnswer(Answer):
    alias: str
    version: str
    moved_at: datetime
    revision: int

    @classmethod
    def of(cls, alias: Alias) -> "AliasAnswer":
        return cls(alias=alias.name, version=alias.version, moved_at=alias.moved_at, revision=alias.revision)


class AliasesAnswer(Answer):
    """All of a model's, 50 at most."""

    items: list[AliasAnswer]


class AliasMoveAnswer(Answer):
    """`kind` is create, move, rollback or delete; a version is null where there is none."""

    alias: str
    kind: str
    from_version: str | None
    to_version: str | None
    reason: str | None
    moved_by: str
    moved_at: datetime
    revision: int

    @classmethod
    def of(cls, move: AliasMove) -> "AliasMoveAnswer":
        return cls(
            alias=move.alias,
            kind=move.kind,
            from_version=move.from_version or None,
            to_version=move.to_version or None,
            reason=move.reason or None,
            moved_by=move.moved_by,
            moved_at=move.at,
            revision=move.revision,
        )


class LiveAtAnswer(Answer):
    """`version` is null where nothing was live; `move` made it so, null before the first."""

    alias: str
    at: datetime
    version: str | None
    move: AliasMoveAnswer | None

    @classmethod
    def of(cls, alias: str, at: datetime, found: LiveAt) -> "LiveAtAnswer":
        move = None if found.move is None else AliasMoveAnswer.of(found.move)
        return cls(alias=alias, at=at, version=found.version or None, move=move)
