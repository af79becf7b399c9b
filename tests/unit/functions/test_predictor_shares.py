from contextlib import ExitStack

import pytest

from functions.predictor.shares import Shares
from maas.domain.errors import Exhausted


def fill(shares: Shares, held: ExitStack, tenant_id: str) -> int:
    """Takes places until there is none for the organization, and returns how many it got."""
    for count in range(1000):
        try:
            held.enter_context(shares.taken(tenant_id))
        except Exhausted:
            return count
    raise AssertionError


def test_a_flood_leaves_places_for_others() -> None:
    shares, held = Shares(64), ExitStack()
    with held:
        assert [fill(shares, held, each) for each in ("flood", "second", "third", "fourth")] == [48, 12, 3, 1]
    assert fill(shares, ExitStack(), "flood") == 48


@pytest.mark.parametrize("places", [1, 2, 3])
def test_one_call_is_always_let_in(places: int) -> None:
    with ExitStack() as held:
        assert fill(Shares(places), held, "one") >= 1


def test_a_call_that_fails_gives_its_place_back() -> None:
    shares = Shares(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"), shares.taken("one"):
            raise ValueError("no")
