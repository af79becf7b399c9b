"""A rotation from its first second to its last, as signers and verifiers see it."""

import json
from datetime import datetime, tzinfo

import pytest

from maas.domain.errors import Unauthenticated, Unavailable, WrongState
from maas.security.keyring import OVERLAP, SETTLING, SKEW, Keyring, Keys, successor
from maas.security.secret_values import MAX_AGE, PAUSE, Secret
from maas.security.tokens import ACCESS, LEEWAY, SERVICE, Key, sign
from maas.web.routes import auth
from tests.support.http_gateway import person

NOW = 1_800_000_000
OLD, NEW = "o" * 64, "n" * 64
OLD_KEY, NEW_KEY = Key.derive(OLD), Key.derive(NEW)
FRESH = json.dumps({"current": OLD})
ROTATED = json.dumps({"current": NEW, "previous": OLD, "rotated_at": NOW})
ADA = person()


class World:
    """One secret and the time, for as many processes as a test likes."""

    def __init__(self) -> None:
        self.text: str | None = FRESH
        self.now = float(NOW)

    def read(self) -> str:
        if self.text is None:
            raise Unavailable("scripted")
        return self.text

    def process(self) -> Keys:
        keys = Keys(Secret(self.read, Keyring.parse, lambda: self.now), lambda: self.now)
        keys.accepted()
        return keys


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def jwt_clock(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """PyJWT reads the time itself; here it is the world's."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls.fromtimestamp(world.now, tz)

    monkeypatch.setattr("jwt.api_jwt.datetime", Clock)


def test_a_new_secret_has_one_key_that_does_everything() -> None:
    keyring = Keyring.parse(FRESH)
    assert (keyring.signer(NOW).kid, [key.kid for key in keyring.accepted(NOW)]) == (OLD_KEY.kid, [OLD_KEY.kid])


@pytest.mark.parametrize(
    ("after", "signer", "accepted"),
    [
        (0, OLD_KEY, [NEW_KEY, OLD_KEY]),
        (SETTLING - 1, OLD_KEY, [NEW_KEY, OLD_KEY]),
        (SETTLING, NEW_KEY, [NEW_KEY, OLD_KEY]),
        (OVERLAP - 1, NEW_KEY, [NEW_KEY, OLD_KEY]),
        (OVERLAP, NEW_KEY, [NEW_KEY]),
    ],
)
def test_the_new_key_is_known_before_it_signs_and_the_old_one_outlives_its_tokens(
    after: int, signer: Key, accepted: list[Key]
) -> None:
    keyring = Keyring.parse(ROTATED)
    assert keyring.signer(NOW + after).kid == signer.kid
    assert [key.kid for key in keyring.accepted(NOW + after)] == [key.kid for key in accepted]


def test_the_times_leave_room_for_everyone_who_is_behind() -> None:
    assert MAX_AGE + auth.KEYS_MAX_AGE <= SETTLING
    longest = max(ACCESS.lifetime, SERVICE.lifetime) + LEEWAY
    assert SETTLING + longest + PAUSE < OVERLAP


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 60_000,
        OLD,
        "[]",
        "{}",
        json.dumps({"previous": OLD, "rotated_at": NOW}),
        json.dumps({"current": OLD, "previous": NEW}),
        json.dumps({"current": OLD, "previous": None, "rotated_at": NOW}),
        json.dumps({"current": OLD, "previous": NEW, "rotated_at": "now"}),
        json.dumps({"current": OLD, "previous": NEW, "rotated_at": True}),
        json.dumps({"current": OLD, "next": NEW}),
        json.dumps({"current": "short"}),
    ],
)
def test_another_text_is_no_keyring_and_is_not_shown(text: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - whatever it says, it may not show the text
        Keyring.parse(text)
    assert OLD not in str(error.value)


def test_the_successor_has_a_new_key_beside_the_one_that_was_current() -> None:
    first, second = (json.loads(successor(FRESH, NOW + 0.5)) for _ in range(2))
    assert (first["previous"], first["rotated_at"]) == (OLD, NOW)
    assert len({first["current"], second["current"], OLD}) == 3
    assert [key.kid for key in Keyring.parse(json.dumps(first)).accepted(NOW)][1] == OLD_KEY.kid


def test_a_second_rotation_waits_until_no_token_of_the_key_before_is_good() -> None:
    with pytest.raises(WrongState, match="again in 3599 s"):
        successor(ROTATED, NOW + 1)
    assert json.loads(successor(ROTATED, NOW + OVERLAP))["previous"] == NEW


@pytest.mark.parametrize("rotated_at", [NOW * 1000, NOW + SKEW + 1])
def test_a_rotation_in_the_future_is_a_mistake_that_keeps_no_old_key_alive(rotated_at: int) -> None:
    text = json.dumps({"current": NEW, "previous": OLD, "rotated_at": rotated_at})
    keyring = Keyring.parse(text)
    assert keyring.signer(NOW).kid == NEW_KEY.kid
    assert [key.kid for key in keyring.accepted(NOW)] == [NEW_KEY.kid]
    after = json.loads(successor(text, NOW))
    assert (after["previous"], after["rotated_at"]) == (NEW, NOW)


def test_a_clock_that_is_a_little_behind_the_rotator_s_keeps_both_keys() -> None:
    keyring = Keyring.parse(ROTATED)
    assert keyring.signer(NOW - SKEW).kid == OLD_KEY.kid
    assert [key.kid for key in keyring.accepted(NOW - SKEW)] == [NEW_KEY.kid, OLD_KEY.kid]
    with pytest.raises(WrongState):
        successor(ROTATED, NOW - SKEW)


def test_no_token_is_refused_whatever_second_it_is_signed_and_checked_in(world: World, jwt_clock: None) -> None:
    """A signer and a verifier that have just read the secret when it changes, and are as late as they may be."""
    signer, verifier = world.process(), world.process()
    world.text = ROTATED
    kids = set()
    for _ in range(0, OVERLAP + 1000, 20):
        world.now += 20
        token = sign(signer.signer(), ACCESS, ADA, world.now)
        kids.add(signer.signer().kid)
        assert verifier.verify(ACCESS, token) == ADA
        signed_at = world.now
        world.now = signed_at + ACCESS.lifetime
        assert world.process().verify(ACCESS, token) == ADA
        world.now = signed_at
    assert kids == {OLD_KEY.kid, NEW_KEY.kid}


def test_the_key_before_is_refused_in_the_end(world: World, jwt_clock: None) -> None:
    world.text = ROTATED
    keys = world.process()
    world.now += OVERLAP
    with pytest.raises(Unauthenticated):
        keys.verify(ACCESS, sign(OLD_KEY, ACCESS, ADA, world.now))


def test_a_verifier_that_is_behind_catches_up_on_the_first_token_of_a_new_key(world: World, jwt_clock: None) -> None:
    verifier = world.process()
    world.now += PAUSE
    world.text = ROTATED
    assert verifier.verify(ACCESS, sign(NEW_KEY, ACCESS, ADA, world.now)) == ADA
    assert verifier.verify(ACCESS, sign(OLD_KEY, ACCESS, ADA, world.now)) == ADA


def test_a_made_up_key_is_refused_and_read_for_only_now_and_then(world: World, jwt_clock: None) -> None:
    reads = 0

    def read() -> str:
        nonlocal reads
        reads += 1
        return world.read()

    keys = Keys(Secret(read, Keyring.parse, lambda: world.now), lambda: world.now)
    for _ in range(100):
        with pytest.raises(Unauthenticated):
            keys.verify(ACCESS, sign(NEW_KEY, ACCESS, ADA, world.now))
    assert reads == 2
    world.now += PAUSE
    with pytest.raises(Unauthenticated):
        keys.verify(ACCESS, sign(NEW_KEY, ACCESS, ADA, world.now))
    assert reads == 3


def test_an_unknown_key_while_the_secret_cant_be_read_is_no_401(world: World, jwt_clock: None) -> None:
    """It may well be the newest key, and a 401 would log its owner out."""
    keys = world.process()
    world.text, world.now = None, world.now + PAUSE
    for _ in range(2):
        with pytest.raises(Unavailable):
            keys.verify(ACCESS, sign(NEW_KEY, ACCESS, ADA, world.now))
    assert keys.verify(ACCESS, sign(OLD_KEY, ACCESS, ADA, world.now)) == ADA


def test_without_the_secret_nothing_is_signed_or_verified(world: World) -> None:
    keys = Keys(Secret(world.read, Keyring.parse, lambda: world.now), lambda: world.now)
    world.text = None
    with pytest.raises(Unavailable):
        keys.signer()
    with pytest.raises(Unavailable):
        keys.verify(ACCESS, sign(OLD_KEY, ACCESS, ADA, world.now))
