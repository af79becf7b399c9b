"""Deletions, starts, proofs, completions and collections at once: no version loses a byte."""

import asyncio
import inspect
from typing import Any

import pytest

from tests.support.rounds import FULL
from tests.support.stored_world import StoredWorld

ROUNDS = 400 if FULL else 40
SEEDS = range(10) if FULL else range(2)
_STEPS = ("upload", "version", "model", "versions", "upload_files", "begin_file", "commit", "purges")
_CONTENTS = ("contents", "add", "reuse", "entries", "drop", "condemn", "forget", "may_have_size")
_KINDS = ("proved", "collect", "complete")


def _interleave(world: StoredWorld, target: Any, names: tuple[str, ...]) -> None:
    """Lets other operations go on before and after each call of the store, which itself is one transaction."""
    for name in names:
        original = getattr(target, name)
        assert inspect.iscoroutinefunction(original), name

        async def paused(*given: Any, call: Any = original, **named: Any) -> Any:
            for _ in range(world.chance.randrange(4)):
                await asyncio.sleep(0)
            found = await call(*given, **named)
            for _ in range(world.chance.randrange(4)):
                await asyncio.sleep(0)
            return found

        setattr(target, name, paused)


@pytest.mark.parametrize("seed", SEEDS)
async def test_operations_at_once_lose_no_byte_of_a_version(seed: int) -> None:
    world = StoredWorld(seed)
    world.at_once = True
    _interleave(world, world.store, _STEPS)
    _interleave(world, world.store.contents, _CONTENTS)
    for number in range(10 * ROUNDS):  # what happens depends on turns, so it goes on until each kind has happened
        if number >= ROUNDS and number % 10 == 0 and all(world.done[kind] for kind in _KINDS):
            break
        await asyncio.gather(*(world.operate() for _ in range(8)))
        if number % 10 == 9:
            await world.settle()
            await world.check()
    assert all(world.done[kind] for kind in _KINDS), world.done
