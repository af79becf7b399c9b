import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from maas.domain import value_rules
from maas.domain.errors import InvalidInput


def broken(check: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        check()
    return caught.value.fields[0].field, caught.value.fields[0].rule


@pytest.mark.parametrize("value", ["a", "Iris classifier v2", "模型", "a" * 128])
def test_a_name_keeps_case_and_inner_spaces(value: str) -> None:
    assert value_rules.name(value) == value


def test_a_name_is_stored_in_nfc() -> None:
    assert value_rules.name(unicodedata.normalize("NFD", "café")) == "café"


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", "min_length"),
        ("a" * 129, "max_length"),
        ("a" * 10_240, "max_length"),
        ("a\x00b", "control_characters"),
        ("a\nb", "control_characters"),
        ("a\x7fb", "control_characters"),
        ("a\ud800b", "control_characters"),
        (" a", "trimmed"),
        ("a\u3000", "trimmed"),
    ],
)
def test_a_bad_name_has_the_broken_rule(value: str, rule: str) -> None:
    assert broken(lambda: value_rules.name(value)) == ("name", rule)


def test_a_description_may_have_lines_but_no_other_control_characters() -> None:
    assert value_rules.description("one\r\n\ttwo") == "one\r\n\ttwo"
    assert broken(lambda: value_rules.description("bell\a")) == ("description", "control_characters")
    assert broken(lambda: value_rules.changelog("a" * 4097)) == ("changelog", "max_length")


def test_fold_ignores_case_and_unicode_form() -> None:
    assert value_rules.fold("STRASSE") == value_rules.fold("straße")
    assert value_rules.fold("CAFE\u0301") == value_rules.fold("café")
    assert value_rules.fold("a") != value_rules.fold("b")


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
def test_the_unique_form_of_a_name_has_no_case_and_no_joiners(joiner: str) -> None:
    assert value_rules.unique_form(f"\u091f\u094d{joiner}\u091f A") == "\u091f\u094d\u091f a"
    assert value_rules.unique_form("CAFE\u0301") == "café"


def test_two_names_of_one_object_that_differ_in_joiners_are_refused() -> None:
    twins = {"\u091f\u094d\u200d\u091f": 1.0, "\u091f\u094d\u200c\u091f": 2.0}
    with pytest.raises(InvalidInput) as caught:
        value_rules.metrics(twins)
    assert caught.value.fields[0].rule == "repeated"
    assert value_rules.metrics({"A": 1.0, "a": 2.0}) == {"A": 1.0, "a": 2.0}


def test_fold_is_stable() -> None:
    for value in ("İ", "ǰ", "ﬃ", "\u0399", "\u1fb3"):
        assert value_rules.fold(value_rules.fold(value)) == value_rules.fold(value)


def test_sha256_is_lower_cased() -> None:
    assert value_rules.sha256("AB" * 32) == "ab" * 32


@pytest.mark.parametrize("value", ["", "ab" * 31, "ab" * 33, "g" * 64, "ab" * 31 + "a\n", "\u0661" * 64])
def test_sha256_is_64_hexadecimal_digits(value: str) -> None:
    assert broken(lambda: value_rules.sha256(value)) == ("sha256", "sha256")


def test_tags_are_lower_cased_and_unique_in_the_order_given() -> None:
    assert value_rules.tags(["NLP", "a/b", "nlp", "v1.0:x_y-z"]) == ("nlp", "a/b", "v1.0:x_y-z")


@pytest.mark.parametrize("tag", ["", "-a", "a b", "é", "a" * 65, "a\n"])
def test_a_bad_tag_is_named_by_its_index(tag: str) -> None:
    assert broken(lambda: value_rules.tags(["ok", tag]))[0] == "tags[1]"


def test_repeated_tags_count_once_against_the_limit() -> None:
    twenty = [f"t{i}" for i in range(20)]
    assert len(value_rules.tags([*twenty, "t0", "T1"])) == 20
    assert broken(lambda: value_rules.tags([*twenty, "one-more"])) == ("tags", "max_items")
    assert broken(lambda: value_rules.tags(["same"] * 201)) == ("tags", "max_items")


def test_names_that_are_equal_in_nfc_are_repeated() -> None:
    assert broken(lambda: value_rules.metadata({"caf\u00e9": "1", "cafe\u0301": "2"})) == (
        "metadata.cafe\u0301",
        "repeated",
    )
    assert broken(lambda: value_rules.metrics({"cafe\u0301": 1, "caf\u00e9": 1})) == ("metrics.caf\u00e9", "repeated")
    assert value_rules.metadata({"cafe\u0301": "1", "cafe": "2"}) == {"caf\u00e9": "1", "cafe": "2"}


def test_metadata_has_limits_on_entries_keys_and_values() -> None:
    assert value_rules.metadata({"k": "line\nline"}) == {"k": "line\nline"}
    assert broken(lambda: value_rules.metadata({f"k{i}": "" for i in range(51)})) == ("metadata", "max_items")
    assert broken(lambda: value_rules.metadata({"": "v"})) == ("metadata.", "min_length")
    assert broken(lambda: value_rules.metadata({"k" * 129: "v"})) == (f"metadata.{'k' * 32}", "max_length")
    assert broken(lambda: value_rules.metadata({"k": "v" * 2049})) == ("metadata.k", "max_length")


@pytest.mark.parametrize("value", [0, -1, 101, 10**9, 10**30])
def test_a_page_holds_1_to_100(value: int) -> None:
    assert broken(lambda: value_rules.limit(value)) == ("limit", "range")
    assert (value_rules.limit(1), value_rules.limit(100)) == (1, 100)
