"""The registry reads its keys in a thread: when they age, and when a token names another."""

import asyncio
import json
import threading
from collections.abc import Callable

import pytest

from functions.registry.server import service_keys as registry_keys
from functions.registry.server.service_keys import keep_fresh, verify
from maas.domain.errors import Unauthenticated, Unavailable
from maas.security.keyring import Keyring, Keys
from maas.security.secret_values import Secret
from maas.security.tokens import SERVICE, Key, sign
from tests.support.http_gateway import person

OLD, NEW = "o" * 64, "n" * 64
ADA = person()


def new_token() -> str:
    """Made when it is needed: it lives a minute."""
    return sign(Key.derive(NEW), SERVICE, ADA)


class Store:
    """What a read answers; it waits for `go_on` first."""

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

    def keys(self) -> Keys:
        found = Keys(Secret(self.read, Keyring.parse))
        found.held()
        return found


async def test_a_token_of_a_new_key_is_read_for_while_others_are_served() -> None:
    store = Store()
    keys = store.keys()
    store.current = NEW
    store.go_on.clear()
    waiting = [asyncio.create_task(verify(keys, new_token())) for _ in range(20)]
    await asyncio.sleep(0.05)
    assert await asyncio.wait_for(verify(keys, sign(Key.derive(OLD), SERVICE, ADA)), 1) == ADA
    store.go_on.set()
    assert await asyncio.gather(*waiting) == [ADA] * 20
    assert store.reads == 2


async def test_a_token_of_no_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        await verify(Store().keys(), new_token())


async def test_keys_are_read_again_before_they_are_old_and_a_failure_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry_keys, "MAX_AGE", 0.02)
    monkeypatch.setattr("maas.security.secret_values.PAUSE", 0.0)
    store = Store()
    keys = store.keys()
    task = asyncio.create_task(keep_fresh(keys))
    store.current = None
    await _until(lambda: store.reads > 3)
    store.current = NEW
    await _until(lambda: keys.held()[0].kid == Key.derive(NEW).kid)
    assert not task.done()
    task.cancel()


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("not within 2 s")
