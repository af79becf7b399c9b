"""Where sketches of a version are kept."""

from dataclasses import dataclass

from maas.domain.catalog.versions import Version
from maas.domain.monitoring.sketches import VersionSketch
from maas.domain.monitoring.windows import Period


@dataclass(frozen=True, slots=True)
class Place:
    """One version of an organization's own model."""

    tenant_id: str
    model_id: str
    version: str

    @classmethod
    def of(cls, version: Version) -> "Place":
        return cls(version.tenant_id, version.model_id, version.version)


@dataclass(frozen=True, slots=True)
class Flush:
    """A sketch of one period. `source` names what made it: process and number of a flush, empty for a rollup.

    Storing it again changes nothing, because place, period, start and source name it.
    """

    place: Place
    period: Period
    start: int
    source: str
    sketch: VersionSketch
