"""Collections: runs through all that is stored, step by step, which find what crashes have left."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """The stages of a collection, in order."""

    VERSIONS = "versions"
    OBJECTS = "objects"
    FILES = "files"
    DONE = "done"


_NEXT = {Stage.VERSIONS: Stage.OBJECTS, Stage.OBJECTS: Stage.FILES, Stage.FILES: Stage.DONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of what a collection has seen and done so far.

    `expired` uploads were ended, `repaired` versions waited for nothing, `queued` are places whose removal was queued,
    and `lost` are contents whose file is gone.
    """

    versions: int = 0
    objects: int = 0
    files: int = 0
    expired: int = 0
    repaired: int = 0
    queued: int = 0
    lost: int = 0

    def fields(self) -> Mapping[str, int]:
        return asdict(self)

    def plus(self, other: "Counts") -> "Counts":
        return Counts(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """The next step of a run: the stage, and the place in it behind which it goes on."""

    run: str
    stage: Stage = Stage.VERSIONS
    after: str = ""
    counts: Counts = field(default_factory=Counts)

    def step(self, after: str, counts: Counts) -> "Collection":
        """The step that follows one which has got to `after`, or to the end of the stage if that is empty."""
        stage = self.stage if after else _NEXT[self.stage]
        return replace(self, stage=stage, after=after, counts=self.counts.plus(counts))

    def message(self) -> dict[str, Any]:
        return {"run": self.run, "stage": str(self.stage), "after": self.after, "counts": dict(self.counts.fields())}
