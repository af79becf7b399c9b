"""Something is said again only after a while."""

from maas.domain.identity import pauses
from maas.domain.identity.pauses import CALLER_MAX, PAUSE, Pauses, Shares


def test_the_same_is_due_again_after_the_pause() -> None:
    said = Pauses()
    assert said.is_due("a", 0)
    assert not said.is_due("a", PAUSE - 1)
    assert said.is_due("b", 1)
    assert said.is_due("a", PAUSE)
    assert not said.is_due("a", PAUSE + 1)


def test_only_so_many_are_remembered() -> None:
    said = Pauses()
    for number in range(3 * pauses.KNOWN_MAX):
        assert said.is_due(number, 0)
    assert len(said._said) <= pauses.KNOWN_MAX


def test_a_caller_has_a_share_of_each_minute() -> None:
    shares = Shares()
    assert all(shares.has_room("ada", 1) for _ in range(CALLER_MAX))
    assert not shares.has_room("ada", PAUSE)
    assert shares.has_room("grace", PAUSE)
    assert shares.has_room("ada", 1 + PAUSE)
