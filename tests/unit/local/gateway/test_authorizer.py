"""Responses of an authorizer: which are cached, and for how long."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local.functions.pool import Pool, Throttled
from local.gateway.authorizer import Authorizer
from local.gateway.payload import Request, request_event
from local.gateway.refusals import Refusal
from local.template.specs import AuthorizerSpec


class Function:
    """A fake pool of the authorizer's workers: always returns the same response, and counts calls."""

    def __init__(self, response: Any) -> None:
        self.spec = SimpleNamespace(name="Guard")
        self.response = response
        self.calls = 0

    async def invoke(self, event: bytes, seconds_left: Any = None) -> bytes:
        self.calls += 1
        return json.dumps(self.response).encode()


class Full(Function):
    async def invoke(self, event: bytes, seconds_left: Any = None) -> bytes:
        raise Throttled("Guard: 200 events are waiting already")


class Silent(Function):
    async def invoke(self, event: bytes, seconds_left: Any = None) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def make_authorizer(function: Function, clock: Clock) -> Authorizer:
    return Authorizer(AuthorizerSpec("Token", "Guard", ("authorization",), 60), cast("Pool", function), clock)


async def context(authorizer: Authorizer, token: str) -> dict[str, Any]:
    request = Request("id", "GET", "/", "", {"authorization": token}, [], b"", "127.0.0.1", "HTTP/1.1")
    return await authorizer.context(request, request_event(request, "GET /", {}))


async def test_a_response_is_cached_until_its_ttl_ends() -> None:
    function, clock = Function({"isAuthorized": True, "context": {"sub": "u"}}), Clock()
    authorizer = make_authorizer(function, clock)

    assert [await context(authorizer, "t") for _ in range(3)] == [{"sub": "u"}] * 3
    assert function.calls == 1
    clock.now = 61
    await context(authorizer, "t")
    assert function.calls == 2


async def test_each_credential_has_its_own_cache_entry() -> None:
    function = Function({"isAuthorized": True})
    authorizer = make_authorizer(function, Clock())

    assert (await context(authorizer, "one"), await context(authorizer, "two")) == ({}, {})
    assert function.calls == 2


async def test_a_denial_is_cached_too() -> None:
    function = Function({"isAuthorized": False})
    authorizer = make_authorizer(function, Clock())

    for _ in range(2):
        with pytest.raises(Refusal) as refusal:
            await context(authorizer, "t")
        assert refusal.value.status == 403
    assert function.calls == 1


@pytest.mark.parametrize("response", [None, [], {}, {"isAuthorized": "yes"}])
async def test_a_malformed_response_is_an_error_and_not_cached(response: object) -> None:
    function = Function(response)
    authorizer = make_authorizer(function, Clock())

    for _ in range(2):
        with pytest.raises(Refusal) as refusal:
            await context(authorizer, "t")
        assert refusal.value.status == 500
    assert function.calls == 2


async def test_a_missing_credential_is_rejected_without_a_call() -> None:
    function = Function({"isAuthorized": True})

    with pytest.raises(Refusal) as refusal:
        await context(make_authorizer(function, Clock()), "")
    assert refusal.value.status == 401
    assert function.calls == 0


async def test_a_check_lasts_no_longer_than_it_may() -> None:
    spec = AuthorizerSpec("Token", "Guard", ("authorization",), 60)
    authorizer = Authorizer(spec, cast("Pool", Silent({})), Clock(), check_max=0.01)

    with pytest.raises(Refusal) as refusal:
        await context(authorizer, "t")
    assert (refusal.value.status, refusal.value.detail) == (503, "The credential was not checked within 0.01 s.")


async def test_a_full_queue_is_no_failure_of_the_authorizer() -> None:
    with pytest.raises(Throttled):
        await context(make_authorizer(Full({}), Clock()), "t")
