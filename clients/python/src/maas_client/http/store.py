"""Requests to the object store by signed URLs. No error shows such a URL: whoever has it may use it."""

import re
from collections.abc import Awaitable, Callable

import anyio
import httpx2

from maas_client.errors import MaasError, TransferError
from maas_client.http.retries import full_jitter

_ATTEMPTS = 8
_BASE, _CAP = 0.2, 10.0
# Seconds without any byte. A store that sends and takes nothing for so long is asked again.
_STALLED = 60.0
ERROR_MAX = 64 * 1024  # bytes of an answer that is not a file
# The store's own passing troubles. 400 is among them only as RequestTimeout: S3 has waited too long for a byte.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSED = frozenset({401, 403})
TIMEOUT = httpx2.Timeout(_STALLED, connect=10.0)


class ExpiredUrl(MaasError):
    """The store does not accept the signed URL any more."""


async def attempts(
    once: Callable[[], Awaitable[None]], renew: Callable[[], Awaitable[None]], again: tuple[type[Exception], ...] = ()
) -> None:
    """Repeats a transfer that breaks off, with full jitter; `renew` gets a new URL. Raises TransferError or `again`."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return await once()
        except (*_ERRORS_OF_HTTP, MaasError) as error:
            if attempt == _ATTEMPTS or not _may_pass(error, again):
                raise _final(error) from None
            if isinstance(error, ExpiredUrl):
                await renew()
        # Full jitter, so that parts that broke off together do not come back together.
        await anyio.sleep(full_jitter(attempt, _BASE, _CAP))
    raise AssertionError("unreachable")


def check(response: httpx2.Response, *expected: int) -> None:
    """Raises ExpiredUrl, TransferError, or an error after which `attempts` tries again."""
    status = response.status_code
    if status in expected:
        return
    code = _code(response)
    if status in _REFUSED:
        raise ExpiredUrl(f"the object store refuses the signed URL ({status} {code})")
    if status in _PASSING or code == "RequestTimeout":
        raise _PassingError(f"the object store answered {status} {code}")
    raise TransferError(f"the object store answered {status} {code}".rstrip())


class _PassingError(MaasError):
    """The store has a trouble that may pass."""


_ERRORS_OF_HTTP = (httpx2.TransportError, httpx2.DecodingError, httpx2.InvalidURL)
_PASSING_ERRORS = (httpx2.TransportError, httpx2.DecodingError, _PassingError, ExpiredUrl)


def _may_pass(error: Exception, again: tuple[type[Exception], ...]) -> bool:
    return isinstance(error, (*_PASSING_ERRORS, *again)) and not isinstance(error, httpx2.UnsupportedProtocol)


def _code(response: httpx2.Response) -> str:
    """Returns the store's word for what is wrong, which is the one part of its answer that is shown."""
    found = re.search(r"<Code>(\w{1,64})</Code>", response.text) if response.is_stream_consumed else None
    return found[1] if found else ""


def _final(error: Exception) -> Exception:
    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return TransferError("the server gave a URL of the object store that is none")
    if not isinstance(error, _PASSING_ERRORS):
        return error
    return TransferError(f"the object store can't be used: {str(error) or type(error).__name__} ({_ATTEMPTS} attempts)")
