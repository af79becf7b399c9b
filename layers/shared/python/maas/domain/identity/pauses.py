"""Pauses in which something that was said is not said again, and the share of one caller in what is said."""

from collections import Counter
from collections.abc import Hashable

PAUSE = 60.0
# The same for a network of a key: two places that share a key are no news each minute.
NETWORK_PAUSE = 3600.0
# So many are known at once; with more of them, some are said again sooner.
KNOWN_MAX = 10_000
# Things that are said of one caller within PAUSE: a caller may be refused as many objects as it makes up.
CALLER_MAX = 60


class Pauses:
    """Remembers for `pause` seconds what was said. Not shared between processes."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._said: dict[Hashable, float] = {}
        self._left_out = Counter[Hashable]()

    def is_due(self, what: Hashable, now: float) -> bool:
        """Returns whether it is time to say it (again), and counts it as said; `now` is in seconds of any clock."""
        return self.repeats(what, now) is not None

    def repeats(self, what: Hashable, now: float) -> int | None:
        """Returns how often it was not said since it was said last; None if it is not time to say it."""
        if now < self._said.get(what, float("-inf")) + self._pause:
            self._left_out[what] += 1
            return None
        if len(self._said) >= KNOWN_MAX:
            self._said = {each: at for each, at in self._said.items() if now < at + self._pause}
            if len(self._said) >= KNOWN_MAX:
                self._said.clear()
            self._left_out = Counter({each: times for each, times in self._left_out.items() if each in self._said})
        self._said[what] = now
        return self._left_out.pop(what, 0)


class Shares:
    """Counts what is said of each caller, anew after PAUSE seconds. Not shared between processes."""

    def __init__(self) -> None:
        self._began = float("-inf")
        self._said = Counter[Hashable]()

    def has_room(self, caller: Hashable, now: float) -> bool:
        """Returns whether something more may be said of the caller, and counts it; `now` is in seconds of any clock."""
        if now >= self._began + PAUSE:
            self._began, self._said = now, Counter()
        self._said[caller] += 1
        return self._said[caller] <= CALLER_MAX
