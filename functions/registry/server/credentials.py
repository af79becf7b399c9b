"""Credentials of calls: service tokens of our own functions, and access tokens and API keys of everybody else.

See docs/decisions/0048-credentials-over-grpc.md.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cachetools import TTLCache

from functions.registry.server.call_rates import CallRates
from functions.registry.server.refusals import Refusals
from functions.registry.server.service_keys import verify
from maas.domain.clock import now as wall_clock
from maas.domain.errors import MaasError, Unauthenticated
from maas.domain.identity.actors import Actor
from maas.domain.identity.api_keys import ApiKey, accepted, shown_secret
from maas.domain.identity.credentials import KEY, credential_of
from maas.domain.identity.key_prefix import PREFIX
from maas.domain.identity.pauses import NETWORK_PAUSE, Pauses
from maas.domain.identity.principals import SERVICES, Principal
from maas.platform.observability import logger
from maas.security.keyring import TokenKeys
from maas.security.tokens import ACCESS, SERVICE, kind_of
from maas.wire.identity.key_uses import KeyUse, use_of

# Verified credentials are cached for so many seconds; a token can outlive its expiry by as long.
TOKENS_TTL, TOKENS_MAX = 5.0, 4_096


class Records(Protocol):
    """The place where API keys are looked up. Every method raises Unavailable if it does not answer."""

    async def key(self, key_id: str) -> ApiKey | None: ...

    async def note(self, key_id: str, use: KeyUse) -> None: ...


class Origin(Protocol):
    """The origin of a call."""

    @property
    def address(self) -> str: ...

    @property
    def request_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A verified credential. One from `outside` is not of our own functions."""

    principal: Principal
    outside: bool


class Credentials:
    """Verifies credentials. Without `access` or `records`, access tokens or API keys are not accepted.

    `refusals` takes what callers from outside are refused, and `rates` counts their calls.
    """

    def __init__(
        self,
        service: TokenKeys,
        access: TokenKeys | None = None,
        records: Records | None = None,
        clock: Callable[[], datetime] = wall_clock,
        refusals: Refusals | None = None,
        rates: CallRates | None = None,
    ) -> None:
        self.refusals = refusals
        self.rates = rates
        self._service = service
        self._access = access
        self._records = records
        self._clock = clock
        # A function uses one token for 30 s; to verify it with every call would cost as much as a cached read.
        # A key is read again for another address, so that its use from there is noted beside the owner's calls.
        self._verified: TTLCache[tuple[str, str], Shown] = TTLCache(TOKENS_MAX, TOKENS_TTL)
        self._pauses = Pauses(NETWORK_PAUSE)
        self._notes: set[asyncio.Task[None]] = set()

    async def shown(self, text: str, origin: Origin) -> Shown:
        """The caller that the text of a Bearer credential stands for. Notes the use of an API key.

        Raises:
            Unauthenticated, TokenExpired
            Unavailable: a secret or the key can't be read.
        """
        by_key = text.startswith(PREFIX)
        shown = text, origin.address if by_key else ""
        found = self._verified.get(shown)
        if found is None:
            found = self._verified[shown] = await (self._by_key(text, origin) if by_key else self._by_token(text))
        return found

    async def _by_token(self, text: str) -> Shown:
        if kind_of(text, SERVICE, ACCESS) is SERVICE:
            return Shown(await verify(self._service, text), outside=False)
        if self._access is None:
            raise Unauthenticated("access tokens are not accepted here")
        # In a thread, because the secret may have to be read.
        principal = await asyncio.to_thread(self._access.verify, ACCESS, text)
        if principal.subject in SERVICES:
            raise Unauthenticated("the token is not valid")
        return Shown(principal, outside=True)

    async def _by_key(self, text: str, origin: Origin) -> Shown:
        secret, now = shown_secret(text), self._clock()
        key = accepted(await self._records.key(secret.key_id) if self._records else None, secret, now)
        by = Actor(key.user_id, credential_of(KEY, key.id), origin.address, origin.request_id)
        if use := use_of(key, now, by, self._pauses):
            note = asyncio.create_task(self._note(key.id, use))
            self._notes.add(note)
            note.add_done_callback(self._notes.discard)
        principal = Principal(key.user_id, key.tenant_id, frozenset(), key.scopes, secret.credential)
        return Shown(principal, outside=True)

    async def _note(self, key_id: str, use: KeyUse) -> None:
        """Notes the use beside the call. A failure changes nothing for the caller."""
        assert self._records is not None
        try:
            await self._records.note(key_id, use)
        except MaasError as error:
            logger.warning("the use of a key can't be noted", key_id=key_id, reason=error.message)
