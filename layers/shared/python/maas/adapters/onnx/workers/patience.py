"""How long a load may take that no call waits for any more, while another model is to be loaded.

Such a load is ended, so that one caller with a short timeout does not keep other models out. A model that is always
called so would then never be loaded. So each interruption doubles what its next load may take. For as long as a load
has kept others out, its organization gets no more than UNWANTED_MAX again: half of the time stays with the others
(docs/decisions/0118-each-model-is-loaded-in-the-end.md).
"""

import time
from collections import OrderedDict
from collections.abc import Callable

# Seconds.
UNWANTED_MAX = 3.0
LOAD_MAX = 120
# Models whose interruptions are remembered.
_REMEMBERED = 1000


class Patience:
    """The seconds of the next load by its file, and the rests of organizations. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds: OrderedDict[str, float] = OrderedDict()
        self._rests: dict[str, float] = {}

    def seconds(self, sha256: str, tenant_id: str) -> float:
        """The seconds that a load may take without a call that waits for it, if it begins now."""
        rests = self._rests.get(tenant_id, 0.0) > self._clock()
        return UNWANTED_MAX if rests else self._seconds.get(sha256, UNWANTED_MAX)

    def interrupted(self, sha256: str, tenant_id: str, given: float, seconds: float) -> None:
        """Notes that a load that was `given` so long was ended after `seconds`."""
        if given < self._seconds.get(sha256, UNWANTED_MAX):
            return
        self._seconds[sha256] = min(2 * given, LOAD_MAX)
        self._seconds.move_to_end(sha256)
        if len(self._seconds) > _REMEMBERED:
            self._seconds.popitem(last=False)
        self._rest(tenant_id, seconds)

    def ended(self, sha256: str, tenant_id: str, seconds: float) -> None:
        """Notes that a load has come to its own end after `seconds`, well or not."""
        if self._seconds.pop(sha256, None) and seconds > UNWANTED_MAX:
            self._rest(tenant_id, seconds)

    def _rest(self, tenant_id: str, seconds: float) -> None:
        now = self._clock()
        self._rests = {other: end for other, end in self._rests.items() if end > now}
        self._rests[tenant_id] = max(self._rests.get(tenant_id, 0.0), now + seconds)
