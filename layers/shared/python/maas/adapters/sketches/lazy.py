"""The Sketches port, whose libraries are imported at the first call: a start of a function does not wait for them."""

from collections.abc import Sequence
from types import ModuleType

from maas.domain.errors import Unavailable
from maas.domain.monitoring.distributions import Distribution
from maas.domain.monitoring.predictions import Predicted
from maas.domain.monitoring.sketches import VersionSketch

_MISSING = "figures of values can't be computed here: there is no datasketches for this version of Python"


class LazySketches:
    """Raises Unavailable where `datasketches` is not installed, which has no wheel for Python 3.14."""

    def sketched(self, made: Sequence[Predicted]) -> VersionSketch:
        found: VersionSketch = _loaded().sketched(made)
        return found

    def joined(self, quantiles: Sequence[bytes]) -> bytes:
        found: bytes = _loaded().joined(quantiles)
        return found

    def distribution(self, quantiles: bytes, count: int) -> Distribution:
        found: Distribution = _loaded().distribution(quantiles, count)
        return found


def _loaded() -> ModuleType:
    try:
        from maas.adapters.sketches import predictions
    except ModuleNotFoundError as error:
        raise Unavailable(_MISSING) from error
    return predictions
