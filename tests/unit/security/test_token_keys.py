"""Keys of tokens: how they are derived, selected and published."""

import base64
import hashlib
import json

import jwt
import pytest

from maas.domain.errors import Unauthenticated
from maas.security.tokens import ACCESS, SERVICE, Key, key_id, sign, verify
from tests.support.http_gateway import person

KEY = Key.derive("k" * 64)
OTHER_KEY = Key.derive("o" * 64)
ADA = person(subject="ada", tenant="acme")


def test_a_token_of_any_given_key_is_valid() -> None:
    for key in (KEY, OTHER_KEY):
        assert verify([KEY, OTHER_KEY], ACCESS, sign(key, ACCESS, ADA)) == ADA


def test_key_id_returns_the_kid_of_the_header() -> None:
    assert key_id(ACCESS, sign(OTHER_KEY, ACCESS, ADA)) == OTHER_KEY.kid
    with pytest.raises(Unauthenticated):
        key_id(ACCESS, sign(OTHER_KEY, SERVICE, ADA))


def test_each_secret_gives_its_own_key() -> None:
    assert Key.derive("k" * 64).kid == KEY.kid
    assert OTHER_KEY.kid != KEY.kid


def test_a_short_secret_is_rejected() -> None:
    with pytest.raises(ValueError, match="32"):
        Key.derive("k" * 31)


def test_a_jwk_is_public_and_named_by_its_thumbprint() -> None:
    jwk = KEY.jwk()
    assert set(jwk) == {"kty", "crv", "x", "kid", "use", "alg"}
    canonical = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": jwk["x"]}, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).digest()
    assert jwk["kid"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert jwt.decode(sign(KEY, ACCESS, ADA), jwt.PyJWK(jwk), algorithms=["EdDSA"], audience="maas-api")["sub"] == "ada"
