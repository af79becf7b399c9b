"""Cursors are signed for one list and one caller, by any key whose tokens are accepted."""

import base64
import json
import random
from dataclasses import replace

import pytest

from maas.domain.errors import InvalidInput
from maas.domain.identity.lists import list_of
from maas.domain.value_rules import NAME_MAX
from maas.security.cursors import Cursors
from maas.security.keyring import OVERLAP, SETTLING, Keyring, TokenKeys, successor
from maas.security.secret_values import Secret
from maas.security.signed_texts import TEXT_MAX
from tests.support.registry_server import KEYS, person
from tests.support.signing_keys import keys_of

CURSORS = Cursors(KEYS)
BY = person()
LIST = list_of(BY, "models", {"q": "iris"})


class Rotating:
    """A secret that is rotated once, at second 10,000, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self._text = json.dumps({"current": "s" * 40})

    def rotate(self) -> None:
        self.now = 10_000.0
        self._text = successor(self._text, self.now)

    def cursors(self) -> Cursors:
        """The cursors of a process that starts now."""
        return Cursors(TokenKeys(Secret(lambda: self._text, Keyring.parse), lambda: self.now))


def test_a_cursor_of_the_same_list_gives_its_position() -> None:
    assert CURSORS.decode(CURSORS.encode("1.0.0-ä", LIST), LIST) == "1.0.0-ä"


def test_a_cursor_of_the_longest_name_is_within_the_limit() -> None:
    characters = random.Random(1)  # neither their escapes nor their compression make it too long
    position = "123456 " + "".join(chr(characters.randint(0x10000, 0x10FFFF)) for _ in range(NAME_MAX))
    cursor = CURSORS.encode(position, LIST)
    assert len(cursor) <= TEXT_MAX
    assert CURSORS.decode(cursor, LIST) == position


def test_the_first_and_the_last_page_have_an_empty_cursor() -> None:
    assert CURSORS.decode("", LIST) == ""
    assert CURSORS.encode("", LIST) == ""


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "A" * 16,
        "%%%",
        "ä",
        "A" * 100_000,
        base64.urlsafe_b64encode(b"\xff" * 30).decode(),
        CURSORS.encode("p", list_of(BY, "models", {"q": "wine"})),
        CURSORS.encode("p", list_of(replace(BY, subject="bob"), "models", {"q": "iris"})),
        CURSORS.encode("p", list_of(replace(BY, tenant_id="acme"), "models", {"q": "iris"})),
        Cursors(keys_of("f" * 40)).encode("p", LIST),
        "A" + CURSORS.encode("p", LIST)[1:],
        CURSORS.encode("p", LIST)[:-1],
        CURSORS.encode("p", LIST)[:-1] + "-_"[CURSORS.encode("p", LIST)[-1] == "-"],
        CURSORS.encode("p", LIST) + "=",
        CURSORS.encode("p", LIST) + "\n",
        CURSORS.encode("p", LIST) + "\ud800",
        CURSORS.encode("p", LIST).replace(".", ".!"),
        "." + CURSORS.encode("p", LIST),
        CURSORS.encode("p", LIST) + "A",
    ],
)
def test_any_other_cursor_is_invalid(cursor: str) -> None:
    with pytest.raises(InvalidInput) as error:
        CURSORS.decode(cursor, LIST)
    assert (error.value.fields[0].field, error.value.fields[0].rule) == ("cursor", "cursor")


@pytest.mark.parametrize("forged", ["q", "pp", ""])
def test_a_signature_is_valid_for_its_own_position_only(forged: str) -> None:
    payload, _, signature = CURSORS.encode("p", LIST).rpartition(".")
    assert payload == _base64url('"p"')
    with pytest.raises(InvalidInput):
        CURSORS.decode(f"{_base64url(json.dumps(forged))}.{signature}", LIST)


def test_a_cursor_stays_valid_after_a_rotation_until_its_key_expires() -> None:
    secret = Rotating()
    old = secret.cursors()
    cursor = old.encode("p", LIST)
    secret.rotate()
    fresh = secret.cursors()
    assert fresh.decode(cursor, LIST) == "p"
    # Before the new key signs, a process that has not read it accepts the cursors of all others.
    assert old.decode(fresh.encode("p", LIST), LIST) == "p"
    secret.now += SETTLING
    assert fresh.decode(fresh.encode("p", LIST), LIST) == "p"
    secret.now += OVERLAP
    with pytest.raises(InvalidInput):
        fresh.decode(cursor, LIST)


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
