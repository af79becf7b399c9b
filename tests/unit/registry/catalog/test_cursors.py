import base64
import json
from dataclasses import replace

import pytest

from functions.registry.catalog.cursors import Cursors, list_of
from maas.domain.errors import InvalidInput
from maas.security.keyring import OVERLAP, SETTLING, Keyring, Keys, successor
from maas.security.secret_values import Secret
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
        """As a process that starts now makes and reads them."""
        return Cursors(Keys(Secret(lambda: self._text, Keyring.parse), lambda: self.now))


def test_a_cursor_gives_its_position_back_to_its_own_list() -> None:
    assert CURSORS.decode(CURSORS.encode("1.0.0-ä", LIST), LIST) == "1.0.0-ä"


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
        CURSORS.encode("p", LIST) + "A",
    ],
)
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput) as error:
        CURSORS.decode(cursor, LIST)
    assert error.value.fields[0].field == "cursor"


@pytest.mark.parametrize("forged", ["q", "pp", ""])
def test_a_position_can_not_be_put_under_another_ones_signature(forged: str) -> None:
    signature = base64.urlsafe_b64decode(CURSORS.encode("p", LIST) + "==")[:16]
    with pytest.raises(InvalidInput):
        CURSORS.decode(base64.urlsafe_b64encode(signature + forged.encode()).decode().rstrip("="), LIST)


def test_a_cursor_outlives_a_rotation_for_as_long_as_the_key_before_is_accepted() -> None:
    secret = Rotating()
    old = secret.cursors()
    cursor = old.encode("p", LIST)
    secret.rotate()
    fresh = secret.cursors()
    assert fresh.decode(cursor, LIST) == "p"
    # While keys settle, whoever has not read the new one still takes what the others sign.
    assert old.decode(fresh.encode("p", LIST), LIST) == "p"
    secret.now += SETTLING
    assert fresh.decode(fresh.encode("p", LIST), LIST) == "p"
    secret.now += OVERLAP
    with pytest.raises(InvalidInput):
        fresh.decode(cursor, LIST)
