"""Events that wait for a worker: one of each caller in turn, so that nobody waits for another's flood."""

import asyncio
import os
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable

Entry = tuple[bytes, asyncio.Future[bytes]]
# Seconds for which a caller counts as one that uses the function.
RECENT = 10.0


class FairQueue:
    """Entries by caller. Those of one caller keep their order."""

    def __init__(self) -> None:
        self._callers: OrderedDict[str, deque[Entry]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, caller: str, entry: Entry) -> None:
        """Adds an entry behind the caller's others."""
        self._callers.setdefault(caller, deque()).append(entry)
        self._length += 1

    def next(self, may_run: Callable[[str], bool] = lambda _caller: True) -> tuple[str, Entry] | None:
        """Removes and returns the next entry of a caller that may run one. That caller is last in turn then."""
        caller = next(filter(may_run, self._callers), None)
        if caller is None:
            return None
        entries = self._callers.pop(caller)
        entry = entries.popleft()
        self._length -= 1
        if entries:
            self._callers[caller] = entries
        return caller, entry

    def make_place(self, caller: str) -> Entry | None:
        """Removes and returns the last entry of whoever has most, if the caller would still have fewer with one more.

        None if the caller has its part of the queue already, or nothing waits.
        """
        most = max(self._callers, key=lambda other: len(self._callers[other]), default=caller)
        if len(self._callers.get(most, ())) <= len(self._callers.get(caller, ())) + 1:
            return None
        self._length -= 1
        return self._callers[most].pop()

    def remove(self, caller: str, entry: Entry) -> bool:
        """Removes an entry if it still waits. Returns whether it did."""
        entries = self._callers.get(caller, deque())
        waited = entry in entries
        if waited:
            entries.remove(entry)
            self._length -= 1
        if not entries:
            self._callers.pop(caller, None)
        return waited


class Shares:
    """How many of `workers` a caller may keep busy: all of them, or one less than there are processors beside others.

    So one worker and one processor are free for each other caller, whatever one sends.
    """

    def __init__(
        self, workers: int, processors: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._all = workers
        self._beside_others = max(1, min(workers, processors or os.cpu_count() or 1) - 1)
        self._clock = clock
        self._running: Counter[str] = Counter()
        self._seen: dict[str, float] = {}

    def came(self, caller: str) -> None:
        """Notes that a caller uses the function."""
        now = self._clock()
        self._seen = {other: last for other, last in self._seen.items() if now - last < RECENT} | {caller: now}

    def may_run(self, caller: str) -> bool:
        """Returns whether one more event of the caller may run."""
        return self._running[caller] < (self._all if len(self._seen) < 2 else self._beside_others)

    def began(self, caller: str) -> None:
        """Counts an event that runs."""
        self._running[caller] += 1

    def ended(self, caller: str) -> None:
        """Counts an event that runs no more."""
        self._running[caller] -= 1
        if not self._running[caller]:
            del self._running[caller]
