"""Reads of API keys for calls, and the uses of keys that are noted."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from functions.registry.server.credentials import Credentials
from maas.domain.errors import Unavailable
from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.wire.identity.key_uses import KeyUse
from tests.support.api_keys import a_key
from tests.support.registry_server import KEYS

USER = User(id="a", tenant_id="b", email="", name="A", roles=frozenset(), created_at=datetime.now(UTC))


class _Silent:
    """A table that can be read, and not written."""

    def __init__(self, key: ApiKey) -> None:
        self.reads = 0
        self.noted: list[str] = []
        self._key = key

    async def key(self, key_id: str) -> ApiKey | None:
        self.reads += 1
        return self._key if key_id == self._key.id else None

    async def note(self, key_id: str, use: KeyUse) -> None:
        self.noted += [json.loads(use.event["events"])[0]["after"]["network"]] if use.event else []
        raise Unavailable("the store is busy")


@dataclass
class _Here:
    address: str = "127.0.0.1"
    request_id: str = "request"


async def test_a_key_is_read_once_for_many_calls_and_a_failed_note_changes_nothing() -> None:
    secret = KeySecret.fresh()
    records = _Silent(a_key(USER, secret=secret))
    credentials = Credentials(KEYS, None, records)
    for _ in range(10):
        assert (await credentials.shown(str(secret), _Here())).principal.subject == "a"
    await asyncio.sleep(0)
    assert records.reads == 1


async def test_a_key_is_read_again_for_each_address_that_shows_it() -> None:
    secret = KeySecret.fresh()
    records = _Silent(a_key(USER, secret=secret))
    credentials = Credentials(KEYS, None, records)
    for address in ("192.0.2.1", "203.0.113.7", "192.0.2.1", "203.0.113.7"):
        await credentials.shown(str(secret), _Here(address))
    await asyncio.sleep(0)
    assert (records.reads, records.noted) == (2, ["192.0.2.0/24", "203.0.113.0/24"])
