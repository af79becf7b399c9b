"""Results of deterministic models: in this process first, then in the cache of all processes, then computed once."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from maas.domain.catalog.versions import Tensor
from maas.domain.errors import TimedOut, Unavailable
from maas.domain.inference.outputs import TOO_LONG, Output
from maas.domain.inference.results import CACHED_FOR
from maas.services.cached_results import cached_outputs, store_outputs
from maas.services.ports.inference import ResultCache

# Bytes of JSON of all results in this process, and of one of them.
KEPT_MAX, RESULT_MAX = 16 * 1024 * 1024, 256 * 1024
# What a result costs beside its JSON.
_OVERHEAD = 500

Outputs: TypeAlias = Mapping[str, Output]


@dataclass(frozen=True, slots=True)
class Result:
    """Outputs by name. `computed_at` is in seconds of the wall clock; `cached`: by an earlier call."""

    outputs: Outputs
    computed_at: float
    cached: bool = False

    @property
    def age(self) -> int:
        """Whole seconds since the outputs were computed; 0 if the other clock is ahead."""
        return max(0, int(time.time() - self.computed_at))

    @property
    def size(self) -> int:
        return sum(len(output.json) for output in self.outputs.values()) + _OVERHEAD


class KeptResults:
    """Results by key, `kept_max` bytes of them in this process. Errors are never kept.

    `shared` is the cache of all processes, if there is one. `clock` returns seconds.
    """

    def __init__(
        self, shared: ResultCache | None, *, kept_max: int = KEPT_MAX, clock: Callable[[], float] = time.time
    ) -> None:
        self._shared = shared
        self._kept_max = kept_max
        self._clock = clock
        self._kept: OrderedDict[str, Result] = OrderedDict()
        self._bytes = 0
        self._under_way: dict[str, asyncio.Task[Result]] = {}

    def find(self, key: str, tensors: Sequence[Tensor]) -> Result | None:
        """Returns the kept result with these outputs; None if there is none."""
        if (found := self._kept.get(key)) and self._clock() - found.computed_at < CACHED_FOR:
            self._kept.move_to_end(key)
            return found
        stored = cached_outputs(self._shared, key, tensors) if self._shared else None
        if stored is None:
            return None
        result = Result(stored.outputs, stored.computed_at, cached=True)
        self._keep(key, result)
        return result

    async def computed(
        self, key: str, tensors: Sequence[Tensor], compute: Callable[[], Awaitable[Outputs]], seconds: float
    ) -> Result:
        """Computes and keeps a result. Callers that want the same one at once wait for one computation.

        Raises TimedOut after `seconds`, and what `compute` raises.
        """
        if other := self._under_way.get(key):
            try:
                return await _within(seconds, other)
            except (TimedOut, Unavailable):
                if other.done():  # the other call had less time, so its end says nothing of this one
                    return await self._compute(key, tensors, compute)
                raise
        task = self._under_way[key] = asyncio.create_task(self._compute(key, tensors, compute))
        task.add_done_callback(lambda ended: self._ended(key, ended))
        return await asyncio.shield(task)

    async def _compute(self, key: str, tensors: Sequence[Tensor], compute: Callable[[], Awaitable[Outputs]]) -> Result:
        outputs = await compute()
        result = Result(outputs, self._clock())
        if self._shared:
            store_outputs(self._shared, key, tensors, outputs, result.computed_at)
        self._keep(key, Result(outputs, result.computed_at, cached=True))
        return result

    def _keep(self, key: str, result: Result) -> None:
        if result.size > RESULT_MAX:
            return
        if replaced := self._kept.pop(key, None):
            self._bytes -= replaced.size
        self._kept[key] = result
        self._bytes += result.size
        while self._bytes > self._kept_max:
            self._bytes -= self._kept.popitem(last=False)[1].size

    def _ended(self, key: str, task: "asyncio.Task[Result]") -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # marks it as retrieved: its caller may be gone


async def _within(seconds: float, task: "asyncio.Task[Result]") -> Result:
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(task)
    except TimeoutError:
        raise TimedOut(TOO_LONG) from None
