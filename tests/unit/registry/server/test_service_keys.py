"""The registry re-reads its keys in threads: as they age, and for a token with an unknown key id."""

import asyncio
import json
import threading
from collections.abc import Callable

import pytest

from functions.registry.server import service_keys
from functions.registry.server.service_keys import keep_fresh, verify
from maas.domain.errors import Unauthenticated, Unavailable
from maas.security.keyring import Keyring, TokenKeys
from maas.security.secret_values import Secret
from maas.security.tokens import SERVICE, Key, sign
from tests.support.http_gateway import person

OLD, NEW = "o" * 64, "n" * 64
ADA = person()


def new_token() -> str:
    """A token of the new key, signed at each call because it expires after a minute."""
    return sign(Key.derive(NEW), SERVICE, ADA)


class FakeSecret:
    """A secret with one key; None can't be read. Reads wait for `go_on`, and are counted."""

    def __init__(self) -> None:
        self.current: str | None = OLD
        self.reads = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def read(self) -> str:
        assert self.go_on.wait(10)
        self.reads += 1
        if self.current is None:
            raise Unavailable("scripted")
        return json.dumps({"current": self.current})

    def keys(self) -> TokenKeys:
        found = TokenKeys(Secret(self.read, Keyring.parse))
        found.cached_verification_keys()
        return found


async def test_a_read_for_a_new_key_does_not_block_other_tokens() -> None:
    secret = FakeSecret()
    keys = secret.keys()
    secret.current = NEW
    secret.go_on.clear()
    waiting = [asyncio.create_task(verify(keys, new_token())) for _ in range(20)]
    await asyncio.sleep(0.05)
    assert await asyncio.wait_for(verify(keys, sign(Key.derive(OLD), SERVICE, ADA)), 1) == ADA
    secret.go_on.set()
    assert await asyncio.gather(*waiting) == [ADA] * 20
    assert secret.reads == 2


async def test_a_token_of_an_unknown_key_is_rejected() -> None:
    with pytest.raises(Unauthenticated):
        await verify(FakeSecret().keys(), new_token())


async def test_keys_are_re_read_before_they_age_also_after_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service_keys, "MAX_AGE", 0.02)
    monkeypatch.setattr("maas.security.secret_values.PAUSE", 0.0)
    secret = FakeSecret()
    keys = secret.keys()
    task = asyncio.create_task(keep_fresh(keys))
    secret.current = None
    await _until(lambda: secret.reads > 3)
    secret.current = NEW
    await _until(lambda: keys.cached_verification_keys()[0].kid == Key.derive(NEW).kid)
    assert not task.done()
    task.cancel()


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the condition did not hold within 2 s")
