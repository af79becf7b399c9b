"""A token is accepted in the spelling in which it was signed, and in no other."""

import base64
import string
from dataclasses import replace

import pytest

from maas.domain.errors import Unauthenticated
from maas.domain.identity.principals import Role
from maas.security.tokens import ACCESS, Key, sign, verify
from tests.support.http_gateway import person

KEY = Key.derive("k" * 64)
ADA = person(Role.DEVELOPER, subject="ada", tenant="acme")
_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def _respelled(segment: str) -> list[str]:
    """Other spellings of the same bytes, for decoders that skip what they do not know."""
    spellings = [f"{segment}=", f"{segment}==", f"{segment}\n", f" {segment}", segment[:5] + "=" + segment[5:]]
    spellings += [segment[:5] + "*" + segment[5:], segment.replace("-", "+"), segment.replace("_", "/")]
    spare = {0: 0, 2: 4, 3: 2}[len(segment) % 4]
    last = _ALPHABET.index(segment[-1])
    spellings += [segment[:-1] + _ALPHABET[last | bits] for bits in range(1, 1 << spare)]
    return [spelling for spelling in spellings if spelling != segment]


@pytest.mark.parametrize("subject", ["ada", "ada?", "ada>>", "ada???~~~"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_token_has_one_spelling(place: int, subject: str) -> None:
    segments = sign(KEY, ACCESS, replace(ADA, subject=subject)).split(".")
    assert verify([KEY], ACCESS, ".".join(segments)).subject == subject
    for spelling in _respelled(segments[place]):
        with pytest.raises(Unauthenticated):
            verify([KEY], ACCESS, ".".join([*segments[:place], spelling, *segments[place + 1 :]]))


def test_a_signature_has_one_value() -> None:
    """S + L verifies too where S is not compared with the order L of the group (RFC 8032, 5.1.7)."""
    order = 2**252 + 27742317777372353535851937790883648493
    signed, _, text = sign(KEY, ACCESS, ADA).rpartition(".")
    signature = base64.urlsafe_b64decode(f"{text}==")
    raised = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    with pytest.raises(Unauthenticated):
        verify([KEY], ACCESS, f"{signed}.{base64.urlsafe_b64encode(raised).rstrip(b'=').decode()}")
