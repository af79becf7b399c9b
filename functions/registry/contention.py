"""Whose turn it is to change a model: one writer at a time in this process.

Without it, all but one of those who read the same revision write for nothing, and have to read again.
"""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """A lock for each key, kept as long as somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())
