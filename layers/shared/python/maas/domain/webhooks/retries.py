"""The times at which a delivery is tried again, and for which a receiver is left alone."""

import email.utils
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Seconds after each failed attempt; the last one repeats until the 24 hours are over.
_STEPS = (5, 30, 120, 300, 900, 1800, 3600, 7200, 10800)
# A receiver that gives no answer holds a place of the dispatcher until its time limit. So it is left alone after each
# such attempt, whatever waits for it: 2 s, 4 s, and so on.
_PAUSE_FIRST, _PAUSE_MAX = 2, 300
_RETRY_AFTER_MAX = 86400
_CROWDED_FIRST, _CROWDED_MAX = timedelta(seconds=8), timedelta(minutes=10)
# A receiver's Retry-After holds up all of its deliveries, but not for so long that they end meanwhile.
_ASKED_PAUSE_MAX = 3600

# Requests that one receiver gets at once.
PLACES = 4

Random = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Rest:
    """Until when a receiver is left alone, and how many requests in a row it has not answered."""

    until: datetime | None = None
    silences: int = 0


def backoff(attempt: int, chance: Random = random.random) -> timedelta:
    """The time from the failed attempt with this number, from 1, to the next: 75 % to 125 % of its step."""
    return timedelta(seconds=_STEPS[min(attempt, len(_STEPS)) - 1] * (0.75 + 0.5 * chance()))


def pause_without_answer(times: int) -> timedelta:
    """The time for which a receiver is left alone that has given no answer so many times in a row, from 1."""
    return timedelta(seconds=min(_PAUSE_MAX, _PAUSE_FIRST * 2 ** min(times - 1, 10)))


def crowded(waited: timedelta, chance: Random = random.random) -> timedelta:
    """The time until a delivery that has waited so long for its receiver looks again: 25 % to 100 % of that time.

    It grows, because each look costs reads and writes: a slow receiver with a thousand deliveries that each looked
    every few seconds would keep the dispatcher from all other receivers.
    """
    return min(max(waited, _CROWDED_FIRST), _CROWDED_MAX) * (0.25 + 0.75 * chance())


def asked_pause(wait: timedelta) -> timedelta:
    """The time for which a receiver is left alone that has asked for `wait`."""
    return min(wait, timedelta(seconds=_ASKED_PAUSE_MAX))


def retry_after(value: str, now: datetime) -> timedelta:
    """The time that a Retry-After header asks for: seconds or a date (RFC 9110, 10.2.3); 0 for anything else."""
    longest = timedelta(seconds=_RETRY_AFTER_MAX)
    if value.isascii() and value.isdecimal():
        return min(timedelta(seconds=int(value[:9])), longest)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # numbers beyond those of a date
        return timedelta(0)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(timedelta(0), min(aware - now, longest))
