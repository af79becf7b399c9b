"""Models that end their process in call after call are not run for a while."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from maas.domain.errors import ModelCrashed, ModelPaused

IN_A_ROW, PAUSE = 3, 60.0
_MODELS_MAX = 1024


class Crashes:
    """Crashes in a row of one model for one organization. After IN_A_ROW of them it is paused for PAUSE seconds.

    Others who call the model are not concerned: nobody can pause a public model for everybody.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._crashes: dict[tuple[str, str], tuple[int, float]] = {}

    @contextmanager
    def counted(self, tenant_id: str, key: str) -> Iterator[None]:
        """A run for an organization of the model whose file has this key. A crash after a pause begins the next one.

        Raises ModelPaused if the model is not to be run now.
        """
        self.check(tenant_id, key)
        try:
            yield
        except ModelCrashed:
            self._add((tenant_id, key))
            raise

    def check(self, tenant_id: str, key: str) -> None:
        """Raises ModelPaused if calls of an organization do not run the model whose file has this key."""
        count, last = self._crashes.get((tenant_id, key), (0, 0.0))
        left = last + PAUSE - self._clock()
        if count >= IN_A_ROW and left > 0:
            raise ModelPaused.for_seconds(left)

    def answered(self, tenant_id: str, key: str) -> None:
        """Ends the row: the model has answered a call, or its result was kept."""
        if self._crashes:
            self._crashes.pop((tenant_id, key), None)

    def _add(self, place: tuple[str, str]) -> None:
        count, _ = self._crashes.pop(place, (0, 0.0))
        self._crashes[place] = (count + 1, self._clock())
        if len(self._crashes) > _MODELS_MAX:
            del self._crashes[next(iter(self._crashes))]
