"""Models that end their process in call after call are not run for a while."""

import time
from collections.abc import Callable

from maas.domain.errors import ModelPaused

IN_A_ROW, PAUSE = 3, 60.0
_MODELS_MAX = 1024


class Crashes:
    """Crashes in a row by the key of a model's stored file. After IN_A_ROW of them it is paused for PAUSE seconds.

    An organization that has the same file under a key of its own is not concerned.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._crashes: dict[str, tuple[int, float]] = {}

    def check(self, key: str) -> None:
        """Raises ModelPaused if the model is not to be run now."""
        count, last = self._crashes.get(key, (0, 0.0))
        left = last + PAUSE - self._clock()
        if count >= IN_A_ROW and left > 0:
            raise ModelPaused.for_seconds(left)

    def add(self, key: str) -> None:
        """Counts a crash. A crash after the end of a pause begins the next one."""
        count, _ = self._crashes.pop(key, (0, 0.0))
        self._crashes[key] = (count + 1, self._clock())
        if len(self._crashes) > _MODELS_MAX:
            del self._crashes[next(iter(self._crashes))]

    def forget(self, key: str) -> None:
        """Forgets the crashes of a model that has answered."""
        if self._crashes:
            self._crashes.pop(key, None)
