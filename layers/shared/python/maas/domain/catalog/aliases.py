"""Aliases: names that point at published versions of a model, and the history of their moves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from maas.domain import value_rules
from maas.domain.catalog.references import Reference, parse_reference
from maas.domain.catalog.versions import LATEST, Version, VersionState
from maas.domain.errors import InvalidInput, PreconditionRequired, RevisionMismatch, Rule, WrongState
from maas.domain.rollouts.rollouts import Rollout

PRODUCTION = "production"
ALIASES_MAX = 50


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias. `revision` is the model's revision after the alias's last move, so it never repeats for an alias.

    `rollout` is the active one. `ended` is the outline of the last one that has ended, and `rolled_at` the time of the
    move that has all of it. Both are None if none has ended since the alias was created.
    """

    name: str
    version: str
    revision: int
    moved_at: datetime
    rollout: Rollout | None = None
    rolled_at: datetime | None = None
    ended: Rollout | None = None

    @property
    def active_rollout(self) -> Rollout | None:
        return self.rollout if self.rollout and self.rollout.is_active else None


class MoveKind(StrEnum):
    """`promote` moves an alias to its rollout's candidate. `rollout` is a change of a rollout that moves nothing."""

    CREATE = "create"
    MOVE = "move"
    ROLLBACK = "rollback"
    DELETE = "delete"
    PROMOTE = "promote"
    ROLLOUT = "rollout"


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMove:
    """One entry of an alias's history. `at` is later than that of every earlier move.

    `from_version` is empty for a new alias, `to_version` for a deleted one. `rollout` is the rollout after its change.
    `back_to` is the time of the move that a rollback of this one returns to, None for the first move. A rollback copies
    the `back_to` of the move that it returns to, so the next rollback goes further back and never forward.
    """

    model_id: str
    tenant_id: str
    alias: str
    kind: MoveKind
    from_version: str
    to_version: str
    reason: str
    moved_by: str
    at: datetime
    revision: int
    back_to: datetime | None = None
    rollout: Rollout | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """The caller's precondition of a move: the alias's revision, and whether the alias exists. None accepts all."""

    revision: int | None = None
    exists: bool | None = None

    def check(self, name: str, alias: Alias | None) -> None:
        """Raises RevisionMismatch if the stored alias does not meet the expectation."""
        if self.exists is False and alias is not None:
            raise RevisionMismatch(f"the alias {name} exists already, at revision {alias.revision}")
        if alias is None and (self.exists or self.revision is not None):
            raise RevisionMismatch(f"the alias {name} does not exist")
        if alias is not None and self.revision not in (None, alias.revision):
            raise RevisionMismatch(f"the alias {name} is at revision {alias.revision}, not {self.revision}")

    def require(self, name: str) -> None:
        """Raises PreconditionRequired if the caller gave no precondition."""
        if self.revision is None and self.exists is None:
            message = f"the alias {name} exists: say which revision of it is to be moved, or that any is"
            raise PreconditionRequired.of("expected", message)


NOTHING_EXPECTED = Expectation()


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasTarget:
    """The requested target of an alias. `version` is any reference."""

    alias: str
    version: str
    reason: str = ""
    expected: Expectation = NOTHING_EXPECTED

    def checked(self) -> tuple["AliasTarget", Reference]:
        """This target in stored form, and its parsed `version`.

        Raises:
            InvalidInput: a field breaks its rule.
        """
        target = replace(self, alias=alias_name(self.alias), reason=value_rules.optional_reason(self.reason))
        return target, parse_reference(self.version, "version")


@dataclass(frozen=True, slots=True)
class LiveAt:
    """The version that an alias pointed at, empty for none.

    `move` is the last move until then, None before the first one.
    """

    version: str
    move: AliasMove | None


def alias_name(value: str, field: str = "alias") -> str:
    """Returns `value` if it is a valid name of an alias.

    Raises:
        InvalidInput: the name breaks its rule, or is `latest`, which can't be moved.
    """
    if value == LATEST:
        message = "is not an alias: it is always the highest published release; deprecate that one to move it down"
        raise InvalidInput.of(field, Rule.RESERVED, f"{LATEST} {message}")
    return value_rules.alias_name(value, field)


def check_target(version: Version, field: str = "version") -> None:
    """Raises WrongState (`field`), with the state in the message, unless the version is published."""
    if version.state is not VersionState.PUBLISHED:
        message = f"version {version.version} is {version.state}; an alias points at published versions only"
        raise WrongState.of(field, message)


def check_room(aliases: Mapping[str, Alias]) -> None:
    """Raises WrongState if the model has ALIASES_MAX aliases."""
    if len(aliases) >= ALIASES_MAX:
        raise WrongState.of("alias", f"the model has {ALIASES_MAX} aliases already; delete one")


def check_no_rollout(alias: Alias) -> None:
    """Raises WrongState if a rollout moves the alias."""
    if rollout := alias.active_rollout:
        message = f"a rollout of {alias.name} to {rollout.candidate} is {rollout.state}: promote it, or abort it, first"
        raise WrongState.of("alias", message)


def check_unaliased(aliases: Mapping[str, Alias], number: str) -> None:
    """Raises WrongState, with their names in the message, if aliases point at the version or are to move there."""
    for alias in aliases.values():
        if alias.active_rollout and alias.active_rollout.candidate == number:
            raise WrongState.of("aliases", f"version {number} is the candidate of a rollout of {alias.name}")
    if names := sorted(alias.name for alias in aliases.values() if alias.version == number):
        raise WrongState.of("aliases", f"version {number} is what {', '.join(names)} points at; move that first")
