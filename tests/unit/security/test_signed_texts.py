"""Texts that callers keep: what they begin with, and those of earlier releases."""

import hashlib

from itsdangerous import URLSafeSerializer

from maas.security.signed_texts import SignedTexts
from tests.support.signing_keys import keys_of

KEYS = keys_of("s" * 64)
LONG = "ada@example.com " * 20  # worth compressing


def test_a_text_begins_with_a_letter_and_has_one_dot() -> None:
    signed = SignedTexts(KEYS, "mail", rereads=True).sign(LONG, "ada")
    assert signed[0].isalnum()
    assert signed.count(".") == 1
    assert SignedTexts(KEYS, "mail", rereads=True).read(signed, "ada") == LONG


def test_a_compressed_text_of_an_earlier_release_is_read() -> None:
    secret = KEYS.signing_key().derived(b"mail")
    signer = {"digest_method": hashlib.sha384, "key_derivation": "hmac"}
    earlier = str(URLSafeSerializer([secret], salt=b"ada", signer_kwargs=signer).dumps(LONG))
    assert earlier.startswith(".")
    assert SignedTexts(KEYS, "mail", rereads=True).read(earlier, "ada") == LONG
