import pytest

from maas.domain.errors import InvalidInput
from maas.domain.identity import passwords
from maas.domain.identity.passwords import PASSWORD_MAX

EMAIL, NAME = "ada@example.com", "Ada"


def _chosen(value: str, email: str = EMAIL, name: str = NAME) -> str:
    return passwords.chosen(value, email=email, name=name)


def _rule(refused: pytest.ExceptionInfo[InvalidInput]) -> tuple[str, str]:
    return refused.value.fields[0].field, refused.value.fields[0].rule


@pytest.mark.parametrize(
    "given",
    [
        "123456789012",
        " " * 11 + "a",
        "\u043f\u0430\u0440\u043e\u043b\u044c-\u043f\u0430\u0440\u043e\u043b\u044c",
        "\U0001f40e\U0001f50b" * 6,
        "ab" * (PASSWORD_MAX // 2),
    ],
)
def test_a_new_password_is_any_text_of_12_to_256_characters(given: str) -> None:
    assert _chosen(given) == given


def test_a_password_typed_with_combining_accents_is_the_same_password() -> None:
    assert (
        _chosen("re\u0301sume\u0301 secret")
        == _chosen("r\u00e9sum\u00e9 secret")
        == passwords.shown("r\u00e9sum\u00e9 secret")
    )


@pytest.mark.parametrize(("given", "rule"), [("12345678901", "min_length"), ("a" * 257, "max_length")])
def test_a_new_password_too_short_or_too_long_is_refused(given: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _chosen(given)
    assert _rule(refused) == ("password", rule)
    assert given not in refused.value.message


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        *[(character * 12, "common") for character in "a \u00e9\u0301\U0001f40e"],
        ("aA" * 6, "common"),
        ("\u0391\u03b1" * 6, "common"),
        *[(f"correct{character}horse", "control_characters") for character in "\x00\n\t\x1b\x7f\x85"],
        ("\x00" * 12, "control_characters"),
    ],
)
def test_one_character_and_control_characters_are_no_new_password(given: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _chosen(given)
    assert _rule(refused) == ("password", rule)
    assert passwords.shown(given) == given


def test_a_length_is_counted_in_composed_characters() -> None:
    with pytest.raises(InvalidInput):
        _chosen("e\u0301" * 11)


@pytest.mark.parametrize("given", ["", "12345678", "a" * 128, "a" * 256])
def test_a_password_of_an_earlier_release_can_be_shown(given: str) -> None:
    assert passwords.shown(given) == given


@pytest.mark.parametrize(
    ("given", "email", "name"),
    [
        ("I am Grace 1906", "g@example.com", "Grace"),
        ("xxGRACExxxxxx", "grace@example.com", "G"),
        ("my-gr\u00c4ce-12345", "gr\u00e4ce@example.com", "G"),
        ("ada@example.com", "ada@example.com", "Ada"),
        ("grace hopper!", "g@example.com", "Grace Hopper"),
    ],
)
def test_a_new_password_must_not_contain_the_name(given: str, email: str, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _chosen(given, email, name)
    assert _rule(refused) == ("password", "personal")
    assert given not in refused.value.message


@pytest.mark.parametrize(
    ("given", "email", "name"),
    [("canada by train", "ada@example.com", "Ada"), ("correct horse battery", "grace@example.com", "Grace")],
)
def test_a_name_of_three_letters_may_be_part_of_words(given: str, email: str, name: str) -> None:
    assert _chosen(given, email, name) == given


@pytest.mark.timeout(2)
def test_a_megabyte_of_accents_is_refused_before_it_is_normalized() -> None:
    with pytest.raises(InvalidInput):
        passwords.shown("a" + "\u0301\u0316" * 250_000)
