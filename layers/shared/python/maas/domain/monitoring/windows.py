"""Windows of time, and how long what was measured in them is kept."""

import re
from dataclasses import dataclass
from enum import StrEnum

from maas.domain.errors import InvalidInput, Rule

_SECONDS = {"m": 60, "h": 3600, "d": 86400}
_WINDOW = re.compile(r"([1-9][0-9]{0,3})([mhd])")
WINDOW_MAX = 90 * 86400


class Period(StrEnum):
    """The length of time that one stored sketch covers."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        return _SECONDS[self.value[0]]

    @property
    def kept(self) -> int:
        """Seconds for which a sketch is kept: two days, 30 days, 400 days."""
        return {Period.MINUTE: 2, Period.HOUR: 30, Period.DAY: 400}[self] * 86400

    def start(self, at: float) -> int:
        """The start of the period in which the moment is, in seconds since 1970."""
        return int(at // self.seconds) * self.seconds


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` on, before `end`, both in seconds since 1970 and at the start of a minute."""

    start: int
    end: int

    @classmethod
    def until(cls, now: float, seconds: int) -> "Window":
        """The window of at least so many seconds that ends with the minute of `now`.

        It begins with a whole hour, or day, if the minutes, or hours, of its start are not kept any more.
        """
        end = Period.MINUTE.start(now) + 60
        longest = [period for period in (Period.MINUTE, Period.HOUR) if seconds < period.kept]
        return cls((longest[0] if longest else Period.DAY).start(end - seconds), end)


def window_seconds(text: str) -> int:
    """The seconds of a window such as `15m`, `1h` or `7d`. Raises InvalidInput (window)."""
    found = _WINDOW.fullmatch(text)
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not found:
        raise InvalidInput.of("window", Rule.WINDOW, "must be a number and m, h or d, such as 15m, 1h or 7d")
    if seconds > WINDOW_MAX:
        raise InvalidInput.of("window", Rule.RANGE, f"must be at most {WINDOW_MAX // 86400}d")
    return seconds
