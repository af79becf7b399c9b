"""Characters that can't be seen: twins of a name are refused, and words that need joiners are not."""

import unicodedata
from collections.abc import Callable

import pytest

from maas.domain import value_rules
from maas.domain.characters import code_point, hidden_in_label, misleading_in_prose, visible
from maas.domain.errors import FieldError, InvalidInput
from maas.domain.uploads.paths import checked_filename

HIDDEN = [
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180b", "\u180e", "\u200b", "\u200c", "\u200d"),
    *("\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\u2061", "\u2066", "\u2069", "\u206f", "\u2800", "\u3164"),
    *("\ufe00", "\ufe0f", "\ufeff", "\uffa0", "\ufff9", "\U0001d173", "\U000e0001", "\U000e0041", "\U000e0100"),
    *("\u2028", "\u2029", "\ue000", "\uffff", "\U0010ffff", "\u0378"),
]


def error_of(value: str) -> FieldError | None:
    try:
        value_rules.name(value)
    except InvalidInput as error:
        return error.fields[0]
    return None


@pytest.mark.parametrize("character", HIDDEN, ids=[f"U+{ord(c):04X}" for c in HIDDEN])
@pytest.mark.parametrize("twin", ["Caf{}é", "{}Café", "Café{}", "Cafe{}\u0301"])
def test_a_twin_of_a_name_is_refused_and_its_character_named(twin: str, character: str) -> None:
    error = error_of(twin.format(character))

    assert error is not None
    assert error.rule == "invisible"
    assert f"U+{ord(character):04X}" in error.message
    assert character not in error.message


@pytest.mark.parametrize("space", [c for c in map(chr, range(0x3001)) if unicodedata.category(c) == "Zs"])
def test_spaces_of_any_width_make_the_same_name(space: str) -> None:
    assert value_rules.name(f"my{space}model") == "my model"
    assert value_rules.name(f"my{space} {space}model") == "my model"


def test_every_format_character_is_hidden() -> None:
    formats = [chr(number) for number in range(0x110000) if unicodedata.category(chr(number)) == "Cf"]

    assert [c for c in formats if not hidden_in_label(f"a{c}b")] == []


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with ZWNJ after a dual-joining letter
        "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc",  # Persian
        "\u0915\u094d\u200d\u0937",  # Devanagari, with ZWJ after a virama
        "\u0915\u094d\u200c\u0937",  # Devanagari, with ZWNJ after a virama
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Sinhala
        "\u0d28\u0d4d\u200d \u0d2e\u0d28\u0d4d\u200d",  # Malayalam, with ZWJ at the end of words
        "\u09b0\u200d\u09cd\u09af\u09be\u09ac",  # Bengali, with ZWJ between ra and virama
        "\u0930\u094d\u200d\u092f\u093e",  # Marathi, with the eyelash ra
        "\u0915\u093c\u094d\u200d\u0937",  # Devanagari, with a nukta between letter and virama
        "\u0c95\u0ccd\u200c\u0c95",  # Kannada
        "\u0b95\u0bcd\u200c\u0bb7",  # Tamil, where ZWNJ breaks the only conjunct
        "\u05e9\u05dc\u05d5\u05dd",
        "\u0645\u0631\u062d\u0628\u0627",
        "\u1112\u1161\u11ab",
        "模型 1",
        "Iris 🌸",
        "naïve-Bayes (v2) №5 x²",
    ],
)
def test_words_of_every_script_are_names(name: str) -> None:
    assert error_of(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u06cc\u200c\u200c\u062e",  # the second joiner changes nothing
        "\u062f\u200c\u0627",  # after a letter that does not connect to the next one
        "\u0645\u06cc\u200c",  # at the end
        "\u200c\u0645\u06cc",
        "\u0645\u200d\u06cc",  # ZWJ where the letters connect anyway
        "\u0915\u200d\u0937",  # without a virama
        "\u0915\u094d\u200c",
        "\u0e01\u0e3a\u200d\u0e01",  # Thai, whose phinthu joins nothing
        "\u0e01\u0e3a\u200c\u0e01",
        "\u0e81\u0eba\u200d\u0e81",  # Lao
        "\u1780\u17d2\u200d\u1780",  # Khmer
        "\u1000\u103a\u200c\u1000",  # Myanmar
        "Cafe\u094d\u200dx",  # after a virama of another script
        "Cafe\u094d\u200d",
        "\u0915\u094d\u200da",  # before a letter of another script
        "\u0915\u094d\u200c\u0995",
        "\u0915\u09cd\u200d\u0937",
        "\u0915\u094d\u200d\u093e",  # before a vowel sign
        "\u0b95\u0bcd\u200c\u0b95",  # Tamil, where the virama is seen anyway
        "\u0b95\u0bcd\u200d\u0bb7",
        "\u09b0\u200d\u09af",  # Bengali, without a virama
        "\u0995\u200d\u09cd\u09af",  # Bengali, after another letter than ra
        "a\u200cb",
        "1\u200d2",
        "👩\u200d💻",
    ],
)
def test_a_joiner_that_changes_nothing_is_refused(name: str) -> None:
    error = error_of(name)

    assert error is not None
    assert error.rule == "invisible"


@pytest.mark.parametrize(
    "text",
    [
        "one\r\n\ttwo\u00a0three",
        "👩\u200d💻 ❤\ufe0f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "\u200f\u05e9\u05dc\u05d5\u05dd\u200e (abc)",
        "a\u200bb",
    ],
)
def test_prose_keeps_what_only_shapes_its_words(text: str) -> None:
    assert value_rules.description(text) == text


@pytest.mark.parametrize("character", ["\u202a", "\u202e", "\u2066", "\u2069", "\ufff9", "\U000e0041", "\U000e0001"])
def test_prose_that_reads_otherwise_than_it_is_is_refused(character: str) -> None:
    for check in (value_rules.description, value_rules.changelog, value_rules.model_card, value_rules.reason):
        with pytest.raises(InvalidInput) as caught:
            check(f"safe {character} text")
        assert caught.value.fields[0].rule == "invisible"
        assert f"U+{ord(character):04X}" in caught.value.fields[0].message
        assert character not in str(caught.value)


def test_labels_of_every_kind_are_checked() -> None:
    hidden = "a\u200bb"
    checks: dict[str, Callable[[], object]] = {
        "filename": lambda: checked_filename(f"{hidden}.onnx"),
        "organization": lambda: value_rules.name(hidden, "organization"),
        "metadata.aU+200Bb": lambda: value_rules.metadata({hidden: "x"}),
        "metrics.aU+200Bb": lambda: value_rules.metrics({hidden: 1.0}),
        "tags[0]": lambda: value_rules.tags([hidden]),
        "alias": lambda: value_rules.alias_name(hidden, "alias"),
    }
    for field, check in checks.items():
        with pytest.raises(InvalidInput) as caught:
            check()
        assert caught.value.fields[0].field == field


def test_a_code_point_is_named() -> None:
    assert code_point("\u200b") == "U+200B (ZERO WIDTH SPACE)"
    assert code_point("\ue000") == "U+E000"
    assert visible("a\u200b\n\u3164b") == "aU+200BU+000AU+3164b"
    assert misleading_in_prose("") == ""
