"""Aliases: names that point at published versions of a model, and the history of their moves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from maas.domain import value_rules
from maas.domain.catalog.references import Reference, parse_reference
from maas.domain.catalog.versions import LATEST, Version, VersionState
from maas.domain.errors import InvalidInput, PreconditionRequired, RevisionMismatch, Rule, WrongState

PRODUCTION = "production"
ALIASES_MAX = 50


@dataclass(frozen=True, slots=True)
class Alias:
    """Where a name points. `revision` is the model's as of the alias's last move, so no alias has one twice."""

    name: str
    version: str
    revision: int
    moved_at: datetime


class MoveKind(StrEnum):
    CREATE = "create"
    MOVE = "move"
    ROLLBACK = "rollback"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMove:
    """One entry of an alias's history; a version is empty where there is none. `at` is later than every move before.

    `back_to` is the time of the move that a rollback goes back to, None where there is nothing before. A rollback
    takes over the `back_to` of the move it goes back to, so the next one goes further back, and never forth again.
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


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a caller says of an alias before a move: its revision, and whether it is there; None: nothing."""

    revision: int | None = None
    exists: bool | None = None

    def check(self, name: str, alias: Alias | None) -> None:
        """Raises RevisionMismatch."""
        if self.exists is False and alias is not None:
            raise RevisionMismatch(f"the alias {name} exists already, at revision {alias.revision}")
        if alias is None and (self.exists or self.revision is not None):
            raise RevisionMismatch(f"the alias {name} does not exist")
        if alias is not None and self.revision not in (None, alias.revision):
            raise RevisionMismatch(f"the alias {name} is at revision {alias.revision}, not {self.revision}")

    def require(self, name: str) -> None:
        """Raises PreconditionRequired where nothing is said."""
        if self.revision is None and self.exists is None:
            message = f"the alias {name} exists: say which revision of it is to be moved, or that any is"
            raise PreconditionRequired.of("expected", message)


NOTHING_EXPECTED = Expectation()


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasTarget:
    """Where an alias is to point; `version` may be any reference."""

    alias: str
    version: str
    reason: str = ""
    expected: Expectation = NOTHING_EXPECTED

    def checked(self) -> tuple["AliasTarget", Reference]:
        """The same in stored form, and what `version` means. Raises InvalidInput."""
        target = replace(self, alias=alias_name(self.alias), reason=value_rules.optional_reason(self.reason))
        return target, parse_reference(self.version, "version")


@dataclass(frozen=True, slots=True)
class LiveAt:
    """What an alias pointed at then, empty for nothing; `move` made it so, None before the first one."""

    version: str
    move: AliasMove | None


def alias_name(value: str, field: str = "alias") -> str:
    """A name that an alias can have.

    Raises:
        InvalidInput: it breaks the rule, or is `latest`, which nobody moves.
    """
    if value == LATEST:
        message = "is no alias: it is always the highest published release; deprecate that one to move it down"
        raise InvalidInput.of(field, Rule.RESERVED, f"{LATEST} {message}")
    return value_rules.alias_name(value, field)


def check_target(version: Version) -> None:
    """Raises WrongState, naming the state, unless the version is published."""
    if version.state is not VersionState.PUBLISHED:
        message = f"version {version.version} is {version.state}; an alias points at published versions only"
        raise WrongState.of("version", message)


def check_room(aliases: Mapping[str, Alias]) -> None:
    """Raises WrongState where the model has as many as it may."""
    if len(aliases) >= ALIASES_MAX:
        raise WrongState.of("alias", f"the model has {ALIASES_MAX} aliases already; delete one")


def check_unaliased(aliases: Mapping[str, Alias], number: str) -> None:
    """Raises WrongState, naming the aliases that point at the version."""
    if names := sorted(alias.name for alias in aliases.values() if alias.version == number):
        raise WrongState.of("aliases", f"version {number} is what {', '.join(names)} points at; move that first")
