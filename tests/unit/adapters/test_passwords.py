import argon2
import pytest

from maas.adapters import passwords
from maas.adapters.passwords import Argon2Passwords


@pytest.fixture(scope="module")
def hasher() -> Argon2Passwords:
    return Argon2Passwords()


def test_a_password_matches_its_own_hash_only(hasher: Argon2Passwords) -> None:
    stored = hasher.hash("correct horse")
    assert hasher.matches(stored, "correct horse")
    assert not hasher.matches(stored, "correct horsf")


def test_a_hash_is_argon2id_with_19_mib_and_its_own_salt(hasher: Argon2Passwords) -> None:
    one, two = hasher.hash("correct horse"), hasher.hash("correct horse")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != two


def test_without_a_hash_nothing_matches(hasher: Argon2Passwords) -> None:
    assert not hasher.matches(None, "")
    assert not hasher.matches(None, "correct horse")


def test_the_hash_of_unknown_users_costs_as_much(hasher: Argon2Passwords) -> None:
    real = argon2.extract_parameters(hasher.hash("correct horse"))
    assert argon2.extract_parameters(passwords._UNKNOWN) == real
