"""The keys of service tokens, re-read in threads so that the event loop never waits for a secret."""

import asyncio
import contextlib

from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Principal
from maas.security import tokens
from maas.security.keyring import TokenKeys
from maas.security.secret_values import MAX_AGE
from maas.security.tokens import SERVICE


async def keep_fresh(keys: TokenKeys) -> None:
    """Re-reads the keys before they reach their maximum age, so that no call waits; runs until it is cancelled."""
    while True:
        await asyncio.sleep(MAX_AGE / 2)
        with contextlib.suppress(Unavailable):  # logged already; the keys read before stay in use
            await asyncio.to_thread(keys.renew)


async def verify(keys: TokenKeys, token: str) -> Principal:
    """The principal of a service token; the secret is re-read in a thread if no key has the token's key id.

    Raises:
        Unauthenticated, TokenExpired
        Unavailable: the secret can't be read.
    """
    if keys.has_cached_key_of(SERVICE, token):
        return tokens.verify(keys.cached_verification_keys(), SERVICE, token)
    return await asyncio.to_thread(keys.verify, SERVICE, token)
