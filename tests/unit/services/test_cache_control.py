"""Kept results, and callers who do not want each of them."""

import time

import pytest

from maas.domain.inference.results import CacheControl
from tests.unit.services.test_inference import Stack


async def test_a_call_that_is_not_to_be_stored_takes_and_leaves_nothing() -> None:
    stack = Stack()
    await stack.publish()
    never = CacheControl(no_store=True)

    assert not (await stack.predict([1, 2], control=never)).cached
    assert stack.results.values == {}
    assert not (await stack.predict([1, 2])).cached
    assert not (await stack.predict([1, 2], control=never)).cached


async def test_a_result_older_than_the_caller_allows_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack()
    await stack.publish()
    await stack.predict([1, 2])
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 30)

    assert (await stack.predict([1, 2], control=CacheControl(60))).age == 30
    assert not (await stack.predict([1, 2], control=CacheControl(10))).cached
