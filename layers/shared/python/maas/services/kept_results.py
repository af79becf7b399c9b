"""Results of deterministic models: in this process first, then in the cache of all processes, then computed once."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from maas.domain.errors import TimedOut, Unavailable
from maas.domain.inference.durations import Durations
from maas.domain.inference.outputs import TOO_LONG, Output, Wanted
from maas.domain.inference.results import CACHED_FOR, RESULT_MAX
from maas.platform.shared_calls import SharedCalls
from maas.services.cached_results import cached_outputs, store_outputs
from maas.services.ports.inference import ResultCache

# Bytes of JSON of all results in this process.
KEPT_MAX = 16 * 1024 * 1024
# What a result costs beside its JSON.
_OVERHEAD = 500
# Seconds. What is computed faster is not shared: asking for it takes longer (docs/benchmarks.md), and so does telling.
SHARED_FROM = 0.002
# Bytes of values that are hashed in a second, on a processor that is not the fastest.
HASHED = 500_000_000

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
        return sum(len(output.content) for output in self.outputs.values()) + _OVERHEAD


class KeptResults:
    """Results by key, `kept_max` bytes of them in this process. Errors are never kept.

    `shared` is the cache of all processes, if there is one. `clock` and `timer` return seconds.
    """

    def __init__(
        self,
        shared: ResultCache | None,
        *,
        kept_max: int = KEPT_MAX,
        shared_from: float = SHARED_FROM,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._shared = shared
        self._kept_max, self._shared_from = kept_max, shared_from
        self._clock, self._timer = clock, timer
        self._kept: OrderedDict[str, Result] = OrderedDict()
        self._bytes = 0
        self._durations = Durations()
        self._computations = SharedCalls[str, Result](own=(TimedOut, Unavailable), ends_alone=True)

    def find(self, sha256: str, key: str, wanted: Sequence[Wanted]) -> Result | None:
        """Returns the kept result with these outputs of a model; None if there is none."""
        if (found := self._kept.get(key)) and self._clock() - found.computed_at < CACHED_FOR:
            self._kept.move_to_end(key)
            return found
        shared = self._shared_of(sha256)
        stored = cached_outputs(shared, key, wanted) if shared else None
        if stored is None:
            return None
        result = Result(stored.outputs, stored.computed_at, cached=True)
        self._keep(key, result)
        return result

    def pays(self, sha256: str, size: int) -> bool:
        """Returns whether keeping the result of `size` bytes of values may save time: hashing is not the longer work.

        True for a model that this process has not yet run.
        """
        return size <= self._durations.mean(sha256, size / HASHED) * HASHED

    async def alone(self, sha256: str, compute: Callable[[], Awaitable[Outputs]]) -> Result:
        """Computes a result that is not kept. Raises what `compute` raises."""
        return Result(await self._timed(sha256, compute), self._clock())

    async def computed(
        self,
        sha256: str,
        key: str,
        wanted: Sequence[Wanted],
        compute: Callable[[], Awaitable[Outputs]],
        seconds: float,
    ) -> Result:
        """Computes and keeps a result of a model. Callers that want the same one at once wait for one computation.

        Raises TimedOut after `seconds`, and what `compute` raises.
        """
        try:
            return await self._computations.join(key, lambda: self.unshared(sha256, key, wanted, compute), seconds)
        except TimeoutError:
            raise TimedOut(TOO_LONG) from None

    async def unshared(
        self, sha256: str, key: str, wanted: Sequence[Wanted], compute: Callable[[], Awaitable[Outputs]]
    ) -> Result:
        """Computes and keeps a result, while no other call can want the same one. Raises what `compute` raises."""
        outputs = await self._timed(sha256, compute)
        result = Result(outputs, self._clock())
        if shared := self._shared_of(sha256):
            store_outputs(shared, key, wanted, outputs, result.computed_at)
        self._keep(key, Result(outputs, result.computed_at, cached=True))
        return result

    async def _timed(self, sha256: str, compute: Callable[[], Awaitable[Outputs]]) -> Outputs:
        started = self._timer()
        outputs = await compute()
        self._durations.add(sha256, self._timer() - started)
        return outputs

    def _shared_of(self, sha256: str) -> ResultCache | None:
        """Returns the shared cache if asking it pays, as it does for a model that this process has not yet run."""
        return self._shared if self._durations.mean(sha256, self._shared_from) >= self._shared_from else None

    def _keep(self, key: str, result: Result) -> None:
        if result.size > RESULT_MAX:
            return
        if replaced := self._kept.pop(key, None):
            self._bytes -= replaced.size
        self._kept[key] = result
        self._bytes += result.size
        while self._bytes > self._kept_max:
            self._bytes -= self._kept.popitem(last=False)[1].size
