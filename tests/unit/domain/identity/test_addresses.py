import sys
import unicodedata

import pytest

from maas.domain import value_rules
from maas.domain.errors import InvalidInput
from maas.domain.identity.addresses import chosen, email, email_key, is_mailable


def _rule(refused: pytest.ExceptionInfo[InvalidInput]) -> tuple[str, str]:
    return refused.value.fields[0].field, refused.value.fields[0].rule


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("ada@example.com", "ada@example.com"),
        ("  Ada@Example.COM\n", "Ada@Example.COM"),
        ("a\u0308da@example.com", "\u00e4da@example.com"),
        ("Stra\u00dfe@example.com", "Stra\u00dfe@example.com"),
        ("ada+tag@mail.example.co.uk", "ada+tag@mail.example.co.uk"),
    ],
)
def test_an_email_is_stored_as_it_was_given(given: str, stored: str) -> None:
    assert email(given) == stored


@pytest.mark.parametrize(
    "given",
    ["", "ada", "ada@", "@example.com", "ada@example", "a@b@example.com", "ada lovelace@example.com", "ada@exam..com"],
)
def test_a_text_without_the_form_of_an_email_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        email(given)
    assert _rule(refused) == ("email", "email")


@pytest.mark.parametrize(
    "given",
    [
        *[f"a{character}b@example.com" for character in '()<>[]:;,"\\\uff0c\uff20\uff1c'],
        *[f"ab@example.com{character}" for character in '()<>[]:;,"\\\uff0c\uff1e'],
        '"x"@example.com',
        "=?utf-8?q?x=40evil.example=3e?=@example.com",
    ],
    ids=ascii,
)
def test_a_new_address_has_nothing_that_is_special_in_a_header(given: str) -> None:
    assert email(given) == given
    assert not is_mailable(given)
    with pytest.raises(InvalidInput) as refused:
        chosen(given)
    assert _rule(refused) == ("email", "email")


@pytest.mark.parametrize(
    "given",
    [
        "ada@example.com",
        "o'hara+x@example.com",
        "a!#$%&*/=^_`{|}~.-?b@example.com",
        "str\u00e4ger@example.com",
        "\u0939\u093f\u0928@example.com",
    ],
    ids=ascii,
)
def test_any_other_new_address_can_be_registered_and_gets_mail(given: str) -> None:
    assert chosen(given) == given
    assert is_mailable(given)


def test_an_email_has_at_most_254_characters() -> None:
    assert len(email("a" * 242 + "@example.com")) == 254
    with pytest.raises(InvalidInput) as refused:
        email("a" * 243 + "@example.com")
    assert _rule(refused) == ("email", "max_length")


def test_an_email_has_no_control_characters() -> None:
    with pytest.raises(InvalidInput) as refused:
        email("a\x00da@example.com")
    assert _rule(refused) == ("email", "control_characters")


@pytest.mark.parametrize(
    "character",
    ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u202e", "\u2066", "\u3164", "\ufe0f"],
    ids=ascii,
)
@pytest.mark.parametrize("place", [0, 1, 3, 5, 15])
def test_an_email_has_no_character_that_cannot_be_seen(character: str, place: int) -> None:
    given = "ada@example.com"
    with pytest.raises(InvalidInput) as refused:
        email(given[:place] + character + given[place:])
    assert _rule(refused) == ("email", "invisible")


@pytest.mark.parametrize("word", ["\u0646\u0627\u0645\u0647\u200c\u0627\u06cc", "\u0915\u094d\u200d\u0937"], ids=ascii)
def test_an_email_has_no_joiner_where_a_name_may_have_one(word: str) -> None:
    assert value_rules.name(word) == word
    with pytest.raises(InvalidInput) as refused:
        email(f"{word}@example.com")
    assert _rule(refused) == ("email", "invisible")


@pytest.mark.timeout(2)
def test_a_megabyte_of_accents_is_refused_before_it_is_normalized() -> None:
    with pytest.raises(InvalidInput):
        email("a" + "\u0301\u0316" * 250_000 + "@example.com")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("\u00c4DA@example.com", "a\u0308da@example.com"),
        ("STRA\u1e9eE@example.com", "stra\u00dfe@example.com"),
        ("\u13a0@example.com", "\uab70@example.com"),
        ("\u212a@example.com", "k@example.com"),
    ],
)
def test_addresses_that_differ_in_case_have_one_key(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stra\u00dfe@example.com", "strasse@example.com"),
        ("\u017fam@example.com", "sam@example.com"),
        ("\ufb01n@example.com", "fin@example.com"),
        ("i\u0307an@example.com", "ian@example.com"),
        ("\u0131an@example.com", "ian@example.com"),
        ("nio\u03c2@example.com", "nio\u03c3@example.com"),
        ("\uff41da@example.com", "ada@example.com"),
    ],
)
def test_addresses_of_different_mailboxes_have_different_keys(one: str, other: str) -> None:
    assert email_key(one) != email_key(other)


def test_an_account_of_an_earlier_release_keeps_its_key() -> None:
    """Its address was stored case folded, and that text was its key."""
    for number in range(sys.maxunicode + 1):
        if unicodedata.category(chr(number)) not in {"Cs", "Cn", "Co"}:
            stored = value_rules.fold(f"a{chr(number)}a@example.com")
            assert email_key(stored) == stored


def test_a_key_is_that_of_its_address_in_lower_case() -> None:
    for number in range(sys.maxunicode + 1):
        if unicodedata.category(chr(number)) not in {"Cs", "Cn", "Co"}:
            address = f"a{chr(number)}a@example.com"
            assert email_key(address) == email_key(email_key(address)) == email_key(address.lower())
