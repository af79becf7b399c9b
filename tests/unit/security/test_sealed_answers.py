"""Sealed answers can be read with the keys of the secret alone, and only under their name."""

import json

import pytest

from maas.security.keyring import Keyring, TokenKeys
from maas.security.sealed_answers import AnswerSealer
from maas.security.secret_values import Secret
from tests.support.signing_keys import keys_of

FIRST, SECOND, THIRD = ("first secret" * 3, "second secret" * 3, "third secret" * 3)


def sealer(current: str, previous: str = "") -> AnswerSealer:
    """A sealer long after its last rotation."""
    if not previous:
        return AnswerSealer(keys_of(current))
    text = json.dumps({"current": current, "previous": previous, "rotated_at": 1})
    return AnswerSealer(TokenKeys(Secret(lambda: text, Keyring.parse)))


def test_a_sealed_value_is_unreadable_and_comes_back() -> None:
    sealed = sealer(FIRST).seal("name", b"the key is maas_123")
    assert b"maas_123" not in sealed
    assert sealer(FIRST).unseal("name", sealed) == b"the key is maas_123"


def test_equal_values_are_sealed_differently() -> None:
    assert sealer(FIRST).seal("name", b"value") != sealer(FIRST).seal("name", b"value")


def test_a_value_can_be_read_after_one_rotation_but_not_after_two() -> None:
    sealed = sealer(FIRST).seal("name", b"value")
    assert sealer(SECOND, FIRST).unseal("name", sealed) == b"value"
    assert sealer(THIRD, SECOND).unseal("name", sealed) is None


@pytest.mark.parametrize("at", [0, 11, 12, -1])
def test_a_changed_byte_is_noticed(at: int) -> None:
    sealed = bytearray(sealer(FIRST).seal("name", b"value"))
    sealed[at] ^= 1
    assert sealer(FIRST).unseal("name", bytes(sealed)) is None


def test_a_value_can_not_be_read_under_another_name() -> None:
    assert sealer(FIRST).unseal("other", sealer(FIRST).seal("name", b"value")) is None
