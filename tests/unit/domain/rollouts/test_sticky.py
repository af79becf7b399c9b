"""What keeps a caller on its side: parsing, refusals, and the value that a call is routed by."""

import pytest

from maas.domain.errors import InvalidInput, Rule
from maas.domain.rollouts.sticky import NAME_MAX, NO_KEYS, RoutingKeys, StickyBy, StickyKind, check_query, sticky_by

KEYS = RoutingKeys({"x-user": "u1", "x-empty": ""}, query={"routing_key": "q1", "user": "u2"})


@pytest.mark.parametrize(
    "text", ["caller", "random", "query", "query:user", "query:a.b_c~d-1", "header:x-user", f"header:{'x' * NAME_MAX}"]
)
def test_a_good_text_is_read_and_written_back(text: str) -> None:
    assert str(sticky_by(text)) == text


def test_the_name_of_a_header_is_kept_in_lower_case() -> None:
    assert sticky_by("header:X-User") == StickyBy(StickyKind.HEADER, "x-user")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", Rule.ENUM),
        ("Caller", Rule.ENUM),
        ("user", Rule.ENUM),
        ("caller:x", Rule.ENUM),
        ("query:", Rule.INVALID),
        ("query:a b", Rule.INVALID),
        ("query:a%20b", Rule.INVALID),
        ("query:ü", Rule.INVALID),
        (f"query:{'x' * 10_240}", Rule.MAX_LENGTH),
        ("random:1", Rule.ENUM),
        ("header", Rule.ENUM),
        ("x" * 10_240, Rule.ENUM),
        ("header:", Rule.INVALID),
        ("header:x user", Rule.INVALID),
        ("header:x:y", Rule.INVALID),
        ("header:x-user\n", Rule.INVALID),
        ("header:ü", Rule.INVALID),
        (f"header:{'x' * (NAME_MAX + 1)}", Rule.MAX_LENGTH),
        (f"header:{'x' * 10_240}", Rule.MAX_LENGTH),
    ],
)
def test_a_bad_text_is_refused_by_name(text: str, rule: Rule) -> None:
    with pytest.raises(InvalidInput) as error:
        sticky_by(text)
    assert [(each.field, each.rule) for each in error.value.fields] == [("sticky_by", rule)]
    assert len(error.value.message) < 200


@pytest.mark.parametrize(
    ("text", "keys", "found"),
    [
        ("caller", KEYS, "ada"),
        ("caller", NO_KEYS, "ada"),
        ("header:X-User", KEYS, "u1"),
        ("header:x-empty", KEYS, ""),
        ("header:x-other", KEYS, ""),
        ("query", KEYS, "q1"),
        ("query", NO_KEYS, ""),
        ("query:routing_key", KEYS, "q1"),
        ("query:user", KEYS, "u2"),
        ("query:User", KEYS, ""),
        ("random", KEYS, ""),
    ],
)
def test_a_call_is_routed_by_its_value(text: str, keys: RoutingKeys, found: str) -> None:
    assert sticky_by(text).key("ada", keys) == found


def test_a_query_field_is_accepted_if_the_rollout_is_sticky_by_it() -> None:
    for text in ("query:user", "query:routing_key"):
        check_query(RoutingKeys(query={"routing_key": "a"}), sticky_by(text))
    check_query(RoutingKeys(query={"user": "a", "routing_key": "b"}), sticky_by("query:user"))
    check_query(RoutingKeys(query={"other": "a"}, ignores_others=True), None)
    for sticky in (None, sticky_by("query"), sticky_by("caller"), sticky_by("header:user"), sticky_by("query:users")):
        with pytest.raises(InvalidInput) as error:
            check_query(RoutingKeys(query={"user": "a"}), sticky)
        assert [(each.field, each.rule) for each in error.value.fields] == [("user", Rule.UNKNOWN)]


def test_a_query_field_of_ten_kilobytes_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as error:
        sticky_by("query:user").key("ada", RoutingKeys(query={"user": "x" * 10_240}))
    assert [(each.field, each.rule) for each in error.value.fields] == [("user", Rule.MAX_LENGTH)]
