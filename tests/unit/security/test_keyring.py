"""Keys before, during and after a rotation, for signers and verifiers."""

import json
from datetime import datetime, tzinfo

import pytest

from maas.domain.errors import Unauthenticated, Unavailable, WrongState
from maas.security.keyring import OVERLAP, SETTLING, SKEW, Keyring, TokenKeys, successor
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
    """One secret and one clock, shared by any number of processes."""

    def __init__(self) -> None:
        self.text: str | None = FRESH
        self.now = float(NOW)

    def read(self) -> str:
        if self.text is None:
            raise Unavailable("scripted")
        return self.text

    def process(self) -> TokenKeys:
        keys = TokenKeys(Secret(self.read, Keyring.parse, lambda: self.now), lambda: self.now)
        keys.verification_keys()
        return keys


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def jwt_clock(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Gives PyJWT, which reads the time itself, the world's clock."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls.fromtimestamp(world.now, tz)

    monkeypatch.setattr("jwt.api_jwt.datetime", Clock)


def test_a_new_secret_has_one_key_for_signing_and_verifying() -> None:
    keyring = Keyring.parse(FRESH)
    assert keyring.signing_key(NOW).kid == OLD_KEY.kid
    assert [key.kid for key in keyring.verification_keys(NOW)] == [OLD_KEY.kid]


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
def test_keys_verify_before_they_sign_and_until_their_tokens_expire(
    after: int, signer: Key, accepted: list[Key]
) -> None:
    keyring = Keyring.parse(ROTATED)
    assert keyring.signing_key(NOW + after).kid == signer.kid
    assert [key.kid for key in keyring.verification_keys(NOW + after)] == [key.kid for key in accepted]


def test_the_times_leave_room_for_late_readers() -> None:
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
def test_a_malformed_text_is_rejected_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - no message may show the text
        Keyring.parse(text)
    assert OLD not in str(error.value)


def test_the_successor_has_a_new_key_and_the_former_current_one() -> None:
    first, second = (json.loads(successor(FRESH, NOW + 0.5)) for _ in range(2))
    assert (first["previous"], first["rotated_at"]) == (OLD, NOW)
    assert len({first["current"], second["current"], OLD}) == 3
    assert [key.kid for key in Keyring.parse(json.dumps(first)).verification_keys(NOW)][1] == OLD_KEY.kid


def test_a_second_rotation_waits_for_tokens_of_the_previous_key() -> None:
    with pytest.raises(WrongState, match="again in 3599 s"):
        successor(ROTATED, NOW + 1)
    assert json.loads(successor(ROTATED, NOW + OVERLAP))["previous"] == NEW


@pytest.mark.parametrize("rotated_at", [NOW * 1000, NOW + SKEW + 1])
def test_a_rotation_in_the_future_keeps_no_old_key(rotated_at: int) -> None:
    text = json.dumps({"current": NEW, "previous": OLD, "rotated_at": rotated_at})
    keyring = Keyring.parse(text)
    assert keyring.signing_key(NOW).kid == NEW_KEY.kid
    assert [key.kid for key in keyring.verification_keys(NOW)] == [NEW_KEY.kid]
    after = json.loads(successor(text, NOW))
    assert (after["previous"], after["rotated_at"]) == (NEW, NOW)


def test_a_clock_slightly_behind_the_rotators_keeps_both_keys() -> None:
    keyring = Keyring.parse(ROTATED)
    assert keyring.signing_key(NOW - SKEW).kid == OLD_KEY.kid
    assert [key.kid for key in keyring.verification_keys(NOW - SKEW)] == [NEW_KEY.kid, OLD_KEY.kid]
    with pytest.raises(WrongState):
        successor(ROTATED, NOW - SKEW)


def test_tokens_stay_valid_in_every_second_of_a_rotation(world: World, jwt_clock: None) -> None:
    """Signer and verifier have read the secret just before it changes, so they are as late as possible."""
    signer, verifier = world.process(), world.process()
    world.text = ROTATED
    kids = set()
    for _ in range(0, OVERLAP + 1000, 20):
        world.now += 20
        token = sign(signer.signing_key(), ACCESS, ADA, world.now)
        kids.add(signer.signing_key().kid)
        assert verifier.verify(ACCESS, token) == ADA
        signed_at = world.now
        world.now = signed_at + ACCESS.lifetime
        assert world.process().verify(ACCESS, token) == ADA
        world.now = signed_at
    assert kids == {OLD_KEY.kid, NEW_KEY.kid}


def test_the_previous_key_is_rejected_after_the_overlap(world: World, jwt_clock: None) -> None:
    world.text = ROTATED
    keys = world.process()
    world.now += OVERLAP
    with pytest.raises(Unauthenticated):
        keys.verify(ACCESS, sign(OLD_KEY, ACCESS, ADA, world.now))


def test_a_token_of_a_new_key_makes_the_verifier_re_read(world: World, jwt_clock: None) -> None:
    verifier = world.process()
    world.now += PAUSE
    world.text = ROTATED
    assert verifier.verify(ACCESS, sign(NEW_KEY, ACCESS, ADA, world.now)) == ADA
    assert verifier.verify(ACCESS, sign(OLD_KEY, ACCESS, ADA, world.now)) == ADA


def test_unknown_keys_cause_a_read_once_per_pause(world: World, jwt_clock: None) -> None:
    reads = 0

    def read() -> str:
        nonlocal reads
        reads += 1
        return world.read()

    keys = TokenKeys(Secret(read, Keyring.parse, lambda: world.now), lambda: world.now)
    for _ in range(100):
        with pytest.raises(Unauthenticated):
            keys.verify(ACCESS, sign(NEW_KEY, ACCESS, ADA, world.now))
    assert reads == 2
    world.now += PAUSE
    with pytest.raises(Unauthenticated):
        keys.verify(ACCESS, sign(NEW_KEY, ACCESS, ADA, world.now))
    assert reads == 3


def test_an_unknown_key_with_an_unreadable_secret_is_unavailable(world: World, jwt_clock: None) -> None:
    """It may be the newest key, and a 401 would log its owner out."""
    keys = world.process()
    world.text, world.now = None, world.now + PAUSE
    for _ in range(2):
        with pytest.raises(Unavailable):
            keys.verify(ACCESS, sign(NEW_KEY, ACCESS, ADA, world.now))
    assert keys.verify(ACCESS, sign(OLD_KEY, ACCESS, ADA, world.now)) == ADA


def test_without_the_secret_signing_and_verifying_raise(world: World) -> None:
    keys = TokenKeys(Secret(world.read, Keyring.parse, lambda: world.now), lambda: world.now)
    world.text = None
    with pytest.raises(Unavailable):
        keys.signing_key()
    with pytest.raises(Unavailable):
        keys.verify(ACCESS, sign(OLD_KEY, ACCESS, ADA, world.now))
