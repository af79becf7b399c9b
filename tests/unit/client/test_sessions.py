"""Tokens of a login: refreshed once for all, and never shown twice without need."""

import asyncio
import json
import logging
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx2
import pytest

from maas_client import errors
from maas_client.http import sessions
from maas_client.http.sessions import Grant, MemoryStore
from tests.support.client_api import AT, MODEL, MODEL_ID, USER, FakeApi, problem

SESSION_ID = "01a2b3c4-0000-7000-8000-00000000000a"
ISSUED = datetime(2026, 11, 29, 5, 0, tzinfo=timezone.utc)
Lost = httpx2.ReadError("reset")


@pytest.fixture(autouse=True)
def _without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_LOOK_AFTER", 0.0)


def _grant(seconds: float, number: int = 1, *, asked: bool = False) -> Grant:
    """Tokens that are valid for so many seconds more."""
    expires = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return Grant(f"access-{number}", f"{SESSION_ID}.refresh-{number}", ISSUED, expires, asked)


class Server:
    """A server that rotates tokens, accepts the newest access token, and can lose answers to refreshes.

    `lost` has, for each refresh to come, whether its answer is lost before or after it took effect.
    """

    def __init__(self, *lost: str, accepted: int = 1) -> None:
        self.number, self.accepted, self.ended = 1, accepted, False
        self.lost = list(lost)
        self.refreshed_at: str | None = None
        self.refreshes = 0
        self.api = FakeApi(self.answer)

    async def answer(self, request: httpx2.Request) -> Any:
        await asyncio.sleep(0)
        if request.url.path.endswith("/auth/refresh"):
            return self._refresh(json.loads(request.content)["refresh_token"])
        if request.headers["authorization"] != f"Bearer access-{self.accepted}" or self.ended:
            return problem(401, "token_expired")
        if request.url.path.endswith(f"/users/me/sessions/{SESSION_ID}"):
            texts = {"address": None, "user_agent": None, "scope": "models:read", "current": True}
            times = {"created_at": AT, "expires_at": AT, "refreshed_at": self.refreshed_at}
            return {"id": SESSION_ID, **texts, **times}
        return MODEL

    def _refresh(self, token: str) -> Any:
        self.refreshes += 1
        fate = self.lost.pop(0) if self.lost else ""
        if fate == "before":
            return Lost
        if token != f"{SESSION_ID}.refresh-{self.number}":
            self.ended = True
            return problem(401, "unauthenticated")
        self.number += 1
        self.refreshed_at = (ISSUED + timedelta(minutes=13)).isoformat()
        if fate == "after":
            return Lost
        self.accepted = self.number
        body = {"access_token": f"access-{self.number}", "refresh_token": f"{SESSION_ID}.refresh-{self.number}"}
        return {**body, "token_type": "Bearer", "expires_in": 900, "refresh_expires_in": 9000, "scope": "models:read"}


async def _get(server: Server, store: MemoryStore) -> Any:
    async with server.api.client(api_key=None, store=store) as client:
        return await client.models.get(MODEL_ID)


async def test_many_waiting_callers_share_one_refresh() -> None:
    server, store = Server(), MemoryStore(_grant(30))
    async with server.api.client(api_key=None, store=store) as client:
        found = await asyncio.gather(*(client.models.get(MODEL_ID) for _ in range(50)))
    assert len(found) == 50
    assert server.refreshes == 1
    kept = store.load()
    assert kept is not None
    assert (kept.access, kept.asked) == ("access-2", False)


async def test_a_token_that_the_server_calls_expired_is_refreshed_once_and_the_call_sent_again() -> None:
    server, store = Server(accepted=99), MemoryStore(_grant(800))
    assert (await _get(server, store)).id == MODEL_ID
    assert server.refreshes == 1


async def test_a_cancelled_waiter_does_not_end_the_refresh_of_the_others() -> None:
    server, store = Server(), MemoryStore(_grant(30))
    async with server.api.client(api_key=None, store=store) as client:
        first = asyncio.create_task(client.models.get(MODEL_ID))
        second = asyncio.create_task(client.models.get(MODEL_ID))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).id == MODEL_ID
    assert server.refreshes == 1


async def test_a_lost_answer_that_had_no_effect_is_repeated() -> None:
    server, store = Server("before"), MemoryStore(_grant(30))
    assert (await _get(server, store)).id == MODEL_ID
    assert (server.refreshes, server.ended) == (2, False)


async def test_a_lost_answer_that_had_an_effect_does_not_show_the_token_again() -> None:
    """The access token goes on until its end; only then a new login is needed."""
    server, store = Server("after"), MemoryStore(_grant(30))
    assert (await _get(server, store)).id == MODEL_ID
    assert (await _get(server, store)).id == MODEL_ID
    assert (server.refreshes, server.ended) == (1, False)
    kept = store.load()
    assert kept is not None
    store.save(Grant(kept.access, "", ISSUED, datetime.now(timezone.utc)))
    with pytest.raises(errors.SessionEnded, match="log in again"):
        await _get(server, store)


async def test_a_process_that_died_while_it_refreshed_is_looked_into_first() -> None:
    server, store = Server(), MemoryStore(_grant(30, asked=True))
    assert (await _get(server, store)).id == MODEL_ID
    paths = [request.url.path.rpartition("/")[2] for request in server.api.requests]
    assert paths == [SESSION_ID, "refresh", MODEL_ID]


async def test_tokens_that_another_process_has_refreshed_are_taken_over() -> None:
    server, store = Server(accepted=2), MemoryStore(_grant(30))
    async with server.api.client(api_key=None, store=store) as client:
        store.save(_grant(900, number=2))
        assert (await client.models.get(MODEL_ID)).id == MODEL_ID
    assert server.refreshes == 0


async def test_a_refused_refresh_ends_the_session_with_advice() -> None:
    server, store = Server(accepted=99), MemoryStore(_grant(-5, number=7))
    with pytest.raises(errors.SessionEnded, match="log in again"):
        await _get(server, store)
    assert store.load() is None


async def test_a_valid_token_is_used_while_the_refresh_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="maas_client")
    server, store = Server(), MemoryStore(_grant(60))
    answer = server.answer

    async def unavailable(request: httpx2.Request) -> Any:
        refused = problem(429, "rate_limited", headers={"retry-after": "100"})
        return refused if request.url.path.endswith("/auth/refresh") else await answer(request)

    server.api.answer = unavailable
    assert (await _get(server, store)).id == MODEL_ID
    assert "access-1" not in caplog.text + repr(store.load())
    assert "refresh-1" not in caplog.text + repr(store.load())


async def test_login_keeps_the_tokens_and_logout_drops_them() -> None:
    tokens = {"access_token": "a", "refresh_token": f"{SESSION_ID}.r", "expires_in": 900, "refresh_expires_in": 9}
    store = MemoryStore()

    def answer(request: httpx2.Request) -> Any:
        if request.url.path.endswith("/login"):
            assert "authorization" not in request.headers
            return {**tokens, "scope": "", "token_type": "Bearer"}
        return httpx2.Response(204) if request.url.path.endswith("/logout") else USER

    api = FakeApi(answer)
    async with api.client(api_key=None, store=store) as client:
        assert (await client.auth.login("a@b.c", "p")).email == "a@b.c"
        assert store.load() is not None
        await client.auth.logout()
        assert store.load() is None
    assert api.bodies()[-1] == {"refresh_token": f"{SESSION_ID}.r"}
