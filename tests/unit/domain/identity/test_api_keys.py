"""The text of an API key, and which secrets a key accepts."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import KeySecret
from maas.domain.identity.principals import Role
from tests.support.api_keys import a_key

NOW = datetime(2026, 11, 29, tzinfo=UTC)
ADA = User(id="ada", tenant_id="acme", email="ada@x.io", name="A", roles=frozenset({Role.ADMIN}), created_at=NOW)


def test_a_key_is_read_back_from_its_text() -> None:
    secret = KeySecret.fresh()
    assert KeySecret.parse(str(secret)) == secret
    assert str(secret).startswith("maas_")
    assert len(str(secret)) == 71


def test_the_checksum_is_the_same_in_every_release() -> None:
    assert str(KeySecret("0" * 16, "1" * 43)) == f"maas_{'0' * 16}_{'1' * 43}" + "37F4No"


@pytest.mark.parametrize("position", range(5, 71))
def test_a_typing_error_is_noticed_at_every_position(position: int) -> None:
    text = str(KeySecret("0123456789abcdef", "A" * 43))
    for letter in string.ascii_letters + string.digits + "_":
        if letter != text[position]:
            assert KeySecret.parse(text[:position] + letter + text[position + 1 :]) is None


@pytest.mark.parametrize("text", ["", "maas_", "x" * 71, "maas_" + "é" * 66, str(KeySecret.fresh()) + " "])
def test_another_text_is_no_key(text: str) -> None:
    assert KeySecret.parse(text) is None


def test_neither_secret_nor_digest_is_in_a_repr() -> None:
    secret = KeySecret.fresh()
    assert secret.secret not in repr(secret)
    assert secret.digest not in repr(a_key(ADA, secret=secret))


def test_a_key_accepts_its_own_secret_alone() -> None:
    secret = KeySecret.fresh()
    key = a_key(ADA, secret=secret)
    assert key.accepts(secret, NOW)
    assert not key.accepts(KeySecret.fresh(secret.key_id), NOW)


def test_the_secret_before_a_rotation_is_accepted_for_its_grace() -> None:
    before, after = KeySecret.fresh(), KeySecret.fresh()
    key = replace(a_key(ADA, secret=after), previous_digest=before.digest, previous_until=NOW + timedelta(hours=1))
    assert key.accepts(before, NOW)
    assert not key.accepts(before, NOW + timedelta(hours=1))
    assert key.accepts(after, NOW + timedelta(hours=1))
