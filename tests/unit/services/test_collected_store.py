"""Random operations with crashes at every step: nothing that is named is ever gone, and nothing else stays."""

import pytest

from tests.support.rounds import FULL
from tests.support.stored_world import StoredWorld

# Each seed is a world of its own. In all, 10,000 operations in a full run.
OPERATIONS = 1000 if FULL else 500
SEEDS = range(10) if FULL else range(2)


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_store_equals_the_records_after_crashes(seed: int) -> None:
    world = StoredWorld(seed)
    for number in range(OPERATIONS):
        world.crashes.rate = 0.05
        await world.operate()
        if number % 100 == 99:
            await world.settle()
            await world.check()
    print(f"seed {seed}: {OPERATIONS} operations, {world.crashes.count} crashes, {dict(world.done)}")
    assert world.crashes.count > OPERATIONS / 50
    assert world.done["proved"] > 0
    assert world.done["without a digest"] + world.done["asked for a digest"] > 0
    assert world.done["companions proved"] > 0
