"""The keys of service tokens, read in a thread: the event loop waits for no secret."""

import asyncio
import contextlib

from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Principal
from maas.security import tokens
from maas.security.keyring import Keys
from maas.security.secret_values import MAX_AGE


async def keep_fresh(keys: Keys) -> None:
    """Reads the keys again before they are old, so that no call waits for that; runs until it is cancelled."""
    while True:
        await asyncio.sleep(MAX_AGE / 2)
        with contextlib.suppress(Unavailable):  # it is in the log, and what is held goes on
            await asyncio.to_thread(keys.renew)


async def verify(keys: Keys, token: str) -> Principal:
    """As tokens.verify for service tokens; a key that is not known makes it read the secret again."""
    named = tokens.key_id(tokens.SERVICE, token)
    if named not in {key.kid for key in keys.held()}:
        await asyncio.to_thread(keys.renew)
    return tokens.verify_named(named, keys.held(), tokens.SERVICE, token)
