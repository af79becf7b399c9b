"""Canonical JSON, with examples of RFC 8785."""

import json

import pytest

from maas.domain.audit.canonical import canonical, digest, parsed


def test_names_are_in_the_order_of_their_utf_16_units() -> None:
    # RFC 8785, 3.2.3
    given = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical(given))) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_texts_are_escaped_as_the_rfc_does() -> None:
    # RFC 8785, 3.2.2.2
    text = '\u20ac$\u000f\nA\'B"\\\\"/'
    assert canonical(text) == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


def test_nested_names_are_sorted_and_no_space_is_written() -> None:
    assert canonical({"b": [{"d": None, "c": True}], "a": -1}) == b'{"a":-1,"b":[{"c":true,"d":null}]}'


def test_a_digest_does_not_depend_on_the_order_of_names() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1, "b": 2}) != digest({"a": 2, "b": 1})


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, -(2**53), {1: 2}, {"a": b"x"}, "\ud800", {"\ud800": 1}])
def test_values_without_a_canonical_spelling_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"canonical|name|surrogates"):
        canonical(value)


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', "1.0", "1e5", "NaN", "{", "[" * 100_000])
def test_texts_that_could_be_read_in_two_ways_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"repeated|integer|Expecting|nested"):
        parsed(text)
