"""The rules by which a request is sent again, and the wait before that."""

import random
from dataclasses import dataclass

import httpx2

from maas_client import errors as e
from maas_client.http.calls import Call

# The connection was never made, so the server has not seen the request.
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
# The answer says that nothing was done.
_WITHOUT_EFFECT = (e.RateLimited, e.Contended)
# The API answers these alike when they are repeated, until the time in `retry-after`.
_PASSING = (e.Unavailable, e.InProgress)


@dataclass(frozen=True)
class Retries:
    """The policy: at most `attempts` in all, with full jitter between them (seconds)."""

    attempts: int = 5
    base: float = 0.2
    cap: float = 10.0

    def wait(self, call: Call, failure: Exception, attempt: int) -> float | None:
        """Returns the seconds until the next attempt, or None if there must be none. `attempt` counts from 1."""
        if attempt >= self.attempts or not may_retry(call, failure):
            return None
        jitter = full_jitter(attempt, self.base, self.cap)
        asked = failure.retry_after if isinstance(failure, e.ApiError) else None
        return jitter if asked is None else asked + min(jitter, 1.0)


def full_jitter(attempt: int, base: float, cap: float) -> float:
    """Returns the seconds to wait: a random part of a time that doubles with each attempt, up to `cap`."""
    return random.uniform(0, min(cap, base * 2.0**attempt))  # noqa: S311 - no secret depends on it


def may_retry(call: Call, failure: Exception) -> bool:
    """Returns whether the request may be sent again after this failure."""
    if isinstance(failure, (*_NEVER_SENT, *_WITHOUT_EFFECT)):
        return True
    if isinstance(failure, e.ArtifactUnavailable | e.InsufficientStorage):
        return False  # somebody has to act first
    return isinstance(failure, (*_PASSING, httpx2.TransportError)) and call.may_repeat


def is_ambiguous(failure: Exception) -> bool:
    """Returns whether the server may have done what was asked, although there is no answer."""
    return isinstance(failure, httpx2.TransportError | e.Unavailable) and not isinstance(failure, _NEVER_SENT)
