"""One call: attempts, waits and the deadline that covers them all."""

import logging
import re
from typing import TYPE_CHECKING

import anyio
import httpx2

from maas_client import errors as e
from maas_client.bodies import answer_to
from maas_client.http.calls import Call, require_seconds
from maas_client.http.options import Options, proxy_of
from maas_client.http.problems import problem
from maas_client.http.retries import is_ambiguous

if TYPE_CHECKING:
    from maas_client.http.credentials import Credential

logger = logging.getLogger("maas_client")
_NOT_MODIFIED = 304
_TOKEN = re.compile("[!-~]+")


class Sender:
    """Sends calls. Concurrent ones share connections alone: one that fails or ends leaves the others as they are."""

    def __init__(self, options: Options, http: httpx2.AsyncClient, credential: "Credential | None" = None) -> None:
        self._options, self.http, self.credential = options, http, credential
        self.url = options.url
        self._slots = anyio.Semaphore(options.concurrency)
        self.proxy = None if options.transport else proxy_of(options.url)

    async def send(self, call: Call) -> httpx2.Response:
        """Returns a successful answer, or 304.

        Raises:
            NoCredential: the call needs one, and nothing was sent.
            ApiError: the server answered a problem.
            ConnectionFailed: there was no answer.
            DeadlineExceeded: the time of the call is over.
        """
        if call.authenticated and self.credential is None:
            raise e.NoCredential(self.url)
        timeout = self.seconds(call.timeout)
        attempts = _Attempts(self, call, anyio.current_time() + timeout)
        with anyio.CancelScope(deadline=attempts.end):
            return await attempts.run()
        raise e.DeadlineExceeded(attempts.over(timeout)) from attempts.last

    def seconds(self, timeout: float | None) -> float:
        """Returns the time limit of a call, which is the client's own without `timeout`. Raises BadArgument."""
        seconds = self._options.timeout if timeout is None else timeout
        require_seconds(seconds)
        return seconds

    async def once(self, call: Call, headers: dict[str, str]) -> httpx2.Response:
        """Sends a request once. Raises TransportError and DecodingError of httpx2, BadArgument, UnexpectedAnswer."""
        async with self._slots:
            return await answer_to(self.http, self._request(call, headers))

    def _request(self, call: Call, headers: dict[str, str]) -> httpx2.Request:
        body = {} if call.body is None else {"json": call.body}
        where, params = self._options.url + call.path, call.query() or None
        try:
            return self.http.build_request(call.method, where, params=params, headers=headers, data=call.form, **body)
        except (ValueError, TypeError, RecursionError, httpx2.InvalidURL) as error:  # NaN, a set, half a character
            raise e.BadArgument(f"the call can't be written: {error}") from None

    def wait(self, call: Call, failure: Exception, attempt: int) -> float | None:
        return self._options.retries.wait(call, failure, attempt)


class _Attempts:
    """The attempts of one call. `end` is the moment at which it must be over, `last` the last failure."""

    def __init__(self, sender: Sender, call: Call, end: float) -> None:
        self._sender, self._call, self.end = sender, call, end
        self._headers = call.with_key()
        self._credential = sender.credential if call.authenticated else None
        self._renewed = self._lost = False
        self._count = 0
        self.last: Exception | None = None

    async def run(self) -> httpx2.Response:
        while True:
            answer = await self._attempt()
            if isinstance(answer, httpx2.Response):
                return answer
            self.last = answer
            wait = self._sender.wait(self._call, answer, self._count)
            if wait is None or anyio.current_time() + wait >= self.end:
                raise self._raised(answer)
            # The path alone: a query may hold what a log must not.
            logger.info("%s %s: trying again in %.1f s", self._call.method, self._call.path, wait)
            self._lost = self._lost or is_ambiguous(answer)
            await anyio.sleep(wait)

    async def _attempt(self) -> httpx2.Response | Exception:
        """Returns the answer of one attempt, or why there is none."""
        self._count += 1
        token = await self._credential.token(self._sender) if self._credential else ""
        headers = self._headers if self._credential is None else {**self._headers, **_authorization(token)}
        try:
            response = await self._sender.once(self._call, headers)
        except httpx2.TransportError as error:
            return error
        except httpx2.DecodingError:
            return e.UnexpectedAnswer(f"{self._call.path} answered bytes that are not what their headers say")
        if response.is_success or response.status_code == _NOT_MODIFIED:
            return response
        failure = problem(response)
        if isinstance(failure, e.Unauthenticated) and await self._renew(token):
            return await self._attempt()
        if self._is_own_deletion(failure):
            return httpx2.Response(204, request=response.request)
        return failure

    async def _renew(self, refused: str) -> bool:
        if self._renewed or self._credential is None:
            return False
        self._renewed = True
        return await self._credential.renewed(self._sender, refused)

    def _is_own_deletion(self, failure: Exception) -> bool:
        """Returns whether the object is gone because an earlier attempt, whose answer was lost, has deleted it."""
        return self._lost and self._call.method == "DELETE" and isinstance(failure, e.NotFound)

    def _raised(self, failure: Exception) -> Exception:
        if not isinstance(failure, httpx2.TransportError):
            return failure
        proxy = self._sender.proxy
        through = f" through the proxy that {proxy}_proxy names" if proxy else ""
        error = e.ConnectionFailed(f"the server can't be reached{through}: {described(failure)}")
        error.__cause__ = failure
        return error

    def over(self, timeout: float) -> str:
        tries = "" if self._count <= 1 else f" after {self._count} attempts"
        why = f"; the last one failed: {described(self.last)}" if self.last else ""
        return f"{self._call.method} {self._call.path} was not answered within {timeout:g} s{tries}{why}"


def _authorization(token: str) -> dict[str, str]:
    """Returns the header with a token. Raises BadCredential, without the token."""
    if not _TOKEN.fullmatch(token):
        raise e.BadCredential("the credential is empty, or has characters that no key or token has")
    return {"authorization": f"Bearer {token}"}


def described(failure: Exception) -> str:
    """Returns a clause about a failure, without anything that a log must not have."""
    if isinstance(failure, httpx2.LocalProtocolError):  # its text quotes headers
        return "the request can't be written as HTTP"
    text = str(failure) or type(failure).__name__
    return text.partition("\n")[0]
