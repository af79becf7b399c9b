"""A login session as a credential: tokens that are refreshed once for all callers who wait.

A refresh token works once, and showing it twice ends the session. So a refresh whose answer was lost is not simply
repeated: the session's own record says whether it took effect. The access token that is still valid may read that.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Protocol

import httpx2

from maas_client import errors as e
from maas_client.answers import LoginSession, Tokens
from maas_client.http.api import parsed
from maas_client.http.calls import Call, path
from maas_client.http.problems import http_date
from maas_client.http.retries import is_ambiguous
from maas_client.http.sender import Sender
from maas_client.http.single_flight import SingleFlight

logger = logging.getLogger("maas_client")
# An access token is renewed this long before its end, so that a lost answer can be looked into with it.
_EARLY = timedelta(minutes=2)
# The server's record is as old as the tokens, give or take the time in which an answer is made.
_SAME_MOMENT = timedelta(seconds=10)
_TIMEOUT = 20.0
_LOOK_AFTER = 1.0  # seconds for a request whose connection broke to end in the server
_OVER = "the session has ended: log in again"
_LOST = "the answer with the session's new tokens was lost: log in again"


@dataclass(frozen=True)
class Grant:
    """The tokens of a session. `issued` is the server's time of them; `asked` is set while a refresh is under way."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    issued: datetime
    expires: datetime
    asked: bool = False

    @classmethod
    def of(cls, response: httpx2.Response) -> "Grant":
        """Returns the tokens of an answer. Their end is by this side's clock, which may differ from the server's."""
        tokens, now = parsed(response, Tokens), datetime.now(timezone.utc)
        issued = http_date(response.headers.get("date", "")) or now
        return cls(tokens.access_token, tokens.refresh_token, issued, now + timedelta(seconds=tokens.expires_in))

    @property
    def session_id(self) -> str:
        return self.refresh.partition(".")[0]

    def valid(self, early: timedelta = timedelta(0)) -> bool:
        return datetime.now(timezone.utc) + early < self.expires


class GrantStore(Protocol):
    """A place for the tokens of a session. Processes that share it take turns."""

    def lock(self) -> AbstractAsyncContextManager[None]: ...

    def load(self) -> Grant | None: ...

    def save(self, grant: Grant | None) -> None: ...


class MemoryStore:
    """Keeps tokens for as long as the process runs."""

    def __init__(self, grant: Grant | None = None) -> None:
        self._grant = grant

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        yield

    def load(self) -> Grant | None:
        return self._grant

    def save(self, grant: Grant | None) -> None:
        self._grant = grant


class SessionCredential:
    """The credential of a login."""

    def __init__(self, store: GrantStore) -> None:
        self.store = self._store = store
        self._grant = store.load()
        self._refreshing = SingleFlight()

    def __repr__(self) -> str:
        return "SessionCredential()"

    async def token(self, sender: Sender) -> str:
        """Returns an access token; a refresh that fails is no error as long as the last one is valid."""
        if self._grant is None:
            self._grant = self._store.load()
        grant = self._require()
        if not grant.valid(_EARLY):
            try:
                await self._refreshing.run(lambda: self._refresh(sender))
            except e.MaasError as error:
                if not grant.valid():
                    raise
                logger.warning("the access token was not renewed yet: %s", error)
        return self._require().access

    async def renewed(self, sender: Sender, refused: str) -> bool:
        """Refreshes, unless another caller or process already has. Raises SessionEnded."""
        if self._grant and self._grant.access != refused:
            return True
        if self._grant:
            self._grant = replace(self._grant, expires=datetime.now(timezone.utc))  # the server's word counts
        await self._refreshing.run(lambda: self._refresh(sender))
        return True

    def _require(self) -> Grant:
        if self._grant is None:
            raise e.SessionEnded(_OVER, status=401)
        return self._grant

    async def _refresh(self, sender: Sender) -> None:
        mine = self._require()
        async with self._store.lock():
            stored = self._store.load()
            if stored and stored.access != mine.access and stored.valid():  # another process was faster
                self._grant = stored
                return
            if stored is None or not stored.refresh:
                self._grant = stored
                raise e.SessionEnded(_OVER if stored is None else _LOST, status=401)
            if stored.asked:  # by a process that did not live to see the answer
                await self._look(sender, stored)
            self._store.save(replace(stored, asked=True))
            self._keep(await self._exchange(sender, stored))

    async def _exchange(self, sender: Sender, grant: Grant) -> Grant:
        """Exchanges the refresh token; once more if the answer is lost and the session's record has no refresh."""
        try:
            return await self._ask(sender, grant)
        except e.MaasError as error:
            if not _may_have_worked(error):
                self._store.save(self._grant and replace(grant, asked=False))
                raise
            logger.info("the answer to a refresh was lost: %s", type(error).__name__)
        await asyncio.sleep(_LOOK_AFTER)
        await self._look(sender, grant)
        return await self._ask(sender, grant)

    async def _ask(self, sender: Sender, grant: Grant) -> Grant:
        """Sends the refresh token. Only an attempt that never connected is repeated, by the sender's own rule."""
        body = {"refresh_token": grant.refresh}
        call = Call("POST", path("auth", "refresh"), body=body, authenticated=False, timeout=_TIMEOUT)
        try:
            return Grant.of(await sender.send(call))
        except e.Unauthenticated:
            self._keep(None)
            raise e.SessionEnded(_OVER, status=401) from None

    async def _look(self, sender: Sender, grant: Grant) -> None:
        """Raises SessionEnded if the refresh whose answer was lost took effect: its new tokens are nowhere.

        The access token works until its end all the same. After that nothing is lost by showing the token again.
        """
        if not grant.valid():
            return
        headers = {"authorization": f"Bearer {grant.access}"}
        where = path("users", "me", "sessions", grant.session_id)
        call = Call("GET", where, headers=headers, authenticated=False, timeout=_TIMEOUT)
        session = parsed(await sender.send(call), LoginSession)
        if session.refreshed_at and session.refreshed_at - grant.issued > _SAME_MOMENT:
            self._keep(replace(grant, refresh="", asked=False))
            raise e.SessionEnded(_LOST, status=401)

    def _keep(self, grant: Grant | None) -> None:
        self._grant = grant
        self._store.save(grant)


def _may_have_worked(error: Exception) -> bool:
    """Returns whether the server may have exchanged the token, although there is no answer."""
    if isinstance(error, e.ConnectionFailed):
        return isinstance(error.__cause__, Exception) and is_ambiguous(error.__cause__)
    return isinstance(error, e.DeadlineExceeded | e.Unavailable | e.UnexpectedAnswer | e.ServerError)
