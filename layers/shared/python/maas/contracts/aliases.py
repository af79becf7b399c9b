"""Bodies of the alias routes."""

from datetime import datetime

from maas.contracts.base import Answer, Body
from maas.contracts.rollouts import RolloutAnswer

PRODUCTION = "production"


class SetAlias(Body):
    """`version` is any reference; the alias keeps the number that the reference resolves to now."""

    version: str
    reason: str = ""


class Rollback(Body):
    alias: str = PRODUCTION
    reason: str = ""


class AliasAnswer(Answer):
    alias: str
    version: str
    moved_at: datetime
    revision: int


class AliasesAnswer(Answer):
    """All aliases of a model, at most 50."""

    items: list[AliasAnswer]


class AliasMoveAnswer(Answer):
    """One entry of an alias's history. `kind` is create, move, rollback, delete, promote or rollout.

    `from_version` is null for a new alias, `to_version` for a deleted one. `rollout` is the rollout after its change,
    which `promote` and `rollout` have.
    """

    alias: str
    kind: str
    from_version: str | None
    to_version: str | None
    reason: str | None
    moved_by: str
    moved_at: datetime
    revision: int
    rollout: RolloutAnswer | None


class LiveAtAnswer(Answer):
    """The version that the alias pointed at, null for none.

    `move` is the last move until then, null before the first one.
    """

    alias: str
    at: datetime
    version: str | None
    move: AliasMoveAnswer | None
