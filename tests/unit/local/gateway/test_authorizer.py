"""How long an authorizer's answers are kept, and which."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local.functions.pool import Pool
from local.gateway.authorizer import Authorizer
from local.gateway.payload import Request, request_event
from local.gateway.refusals import Refusal
from local.template.specs import AuthorizerSpec


class Function:
    """Stands for the pool of the authorizer's workers: answers the same, and counts."""

    def __init__(self, answer: Any) -> None:
        self.spec = SimpleNamespace(name="Guard")
        self.answer = answer
        self.calls = 0

    async def invoke(self, event: bytes) -> bytes:
        self.calls += 1
        return json.dumps(self.answer).encode()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def authorizer(function: Function, clock: Clock) -> Authorizer:
    return Authorizer(AuthorizerSpec("Token", "Guard", ("authorization",), 60), cast("Pool", function), clock)


async def ask(asked: Authorizer, token: str) -> dict[str, Any]:
    request = Request("id", "GET", "/", "", {"authorization": token}, [], b"", "127.0.0.1", "HTTP/1.1")
    return await asked.context(request, request_event(request, "GET /", {}))


async def test_an_answer_is_kept_until_its_time_is_over() -> None:
    function, clock = Function({"isAuthorized": True, "context": {"sub": "u"}}), Clock()
    asked = authorizer(function, clock)

    assert [await ask(asked, "t") for _ in range(3)] == [{"sub": "u"}] * 3
    assert function.calls == 1
    clock.now = 61
    await ask(asked, "t")
    assert function.calls == 2


async def test_each_credential_is_asked_for_by_itself() -> None:
    function = Function({"isAuthorized": True})
    asked = authorizer(function, Clock())

    assert (await ask(asked, "one"), await ask(asked, "two")) == ({}, {})
    assert function.calls == 2


async def test_a_no_is_kept_as_well() -> None:
    function = Function({"isAuthorized": False})
    asked = authorizer(function, Clock())

    for _ in range(2):
        with pytest.raises(Refusal) as refusal:
            await ask(asked, "t")
        assert refusal.value.status == 403
    assert function.calls == 1


@pytest.mark.parametrize("answer", [None, [], {}, {"isAuthorized": "yes"}])
async def test_an_answer_of_another_shape_is_an_error_and_not_kept(answer: object) -> None:
    function = Function(answer)
    asked = authorizer(function, Clock())

    for _ in range(2):
        with pytest.raises(Refusal) as refusal:
            await ask(asked, "t")
        assert refusal.value.status == 500
    assert function.calls == 2


async def test_a_missing_credential_is_refused_without_asking() -> None:
    function = Function({"isAuthorized": True})

    with pytest.raises(Refusal) as refusal:
        await ask(authorizer(function, Clock()), "")
    assert refusal.value.status == 401
    assert function.calls == 0
