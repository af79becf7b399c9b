"""How many calls of an organization, a model and a version may run at once."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from maas.domain.catalog.version_settings import MAX_CONCURRENCY
from maas.domain.catalog.versions import Version


@dataclass(frozen=True, slots=True)
class Slots:
    """At most `limit` calls at once of what `kind` and `key` name, over all processes."""

    kind: str
    key: str
    limit: int


class Turn(Enum):
    """The answer to a call: it may run, it waits, or there are as many that wait as may."""

    RUNS = "runs"
    WAITS = "waits"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Answer:
    """`full` is what has no free slot for the call; None if it may run. `waiting` is how many calls wait for it."""

    turn: Turn
    full: Slots | None = None
    waiting: int = field(default=0, compare=False)  # it tells nothing of the call's own turn


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyLimits:
    """The limits of all callers; a number of 0 allows all."""

    organization: int = 0
    model: int = 0
    version: int = 0

    def of(self, tenant_id: str, version: Version) -> list[Slots]:
        """The slots of which a call of `version` takes one each.

        `tenant_id` is the caller's: the owner of a public model does not pay for its guests.
        """
        found = [
            Slots("organization", tenant_id, self.organization),
            Slots("model", version.model_id, self.model),
            Slots("version", f"{version.model_id}:{version.version}", _lower(self.version, version.metadata)),
        ]
        return [each for each in found if each.limit]


def _lower(limit: int, metadata: Any) -> int:
    own = metadata.get(MAX_CONCURRENCY)
    if type(own) is not int or own < 1:
        return limit
    return min(limit, own) if limit else own
