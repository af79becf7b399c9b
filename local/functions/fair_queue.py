"""Events that wait for a worker: one of each caller in turn, so that nobody waits for another's flood."""

import asyncio
from collections import OrderedDict, deque

Entry = tuple[bytes, asyncio.Future[bytes]]


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

    def next(self) -> Entry:
        """Removes and returns the next entry. Its caller is last in turn then. Raises KeyError if there is none."""
        caller, entries = self._callers.popitem(last=False)
        entry = entries.popleft()
        self._length -= 1
        if entries:
            self._callers[caller] = entries
        return entry

    def remove(self, caller: str, entry: Entry) -> None:
        """Removes an entry if it still waits."""
        entries = self._callers.get(caller, deque())
        if entry in entries:
            entries.remove(entry)
            self._length -= 1
        if not entries:
            self._callers.pop(caller, None)
