"""Conditions on claims: patterns, and the rule that one of them binds a token to its owner."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity.conditions import CLAIMS_MAX, VALUES_MAX, conditions, unmet


@pytest.mark.parametrize(
    "given",
    [
        {"sub": ["repo:acme/app:ref:refs/heads/main"]},
        {"sub": ["repo:acme/*"]},
        {"sub": ["repo:acme/app:*", "repo:acme/lib:*"]},
        {"sub": ["system:serviceaccount:prod:*"]},
        {"sub": ["anything-without-a-star"]},
        {"repository": ["acme/*"]},
        {"project_path": ["acme/app"]},
        {"repository_owner": ["acme"], "sub": ["*"]},
        {"repository_id": ["1296269"]},
    ],
)
def test_a_condition_with_whole_names_binds(given: Mapping[str, Sequence[str]]) -> None:
    assert conditions(given) == {claim: tuple(values) for claim, values in given.items()}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"sub": ["*"]},
        {"sub": ["repo:*"]},
        {"sub": ["repo:acme*"]},
        {"sub": ["*:acme/app:*"]},
        {"sub": ["repo::/*"]},
        {"sub": [":/*"]},
        {"sub": ["repo:acme/app:*", "*"]},
        {"repository": ["*"]},
        {"repository": ["acme*"]},
        {"repository": ["/*"]},
        {"repository_owner": ["acme/*"]},
        {"repository_id": ["129*"]},
        {"ref": ["refs/heads/main"]},
        {"job_workflow_ref": ["acme/app/.github/workflows/ci.yml@refs/heads/main"]},
        {"environment": ["production"], "ref": ["refs/heads/main"]},
    ],
)
def test_conditions_that_let_every_customer_in_are_refused(given: Mapping[str, Sequence[str]]) -> None:
    with pytest.raises(InvalidInput) as error:
        conditions(given)
    assert [(each.field, each.rule) for each in error.value.fields] == [("conditions", Rule.BINDING)]


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"sub": []}, "conditions.sub", Rule.MIN_ITEMS),
        ({"sub": [""]}, "conditions.sub[0]", Rule.MIN_LENGTH),
        ({"sub": ["a", "x" * 513]}, "conditions.sub[1]", Rule.MAX_LENGTH),
        ({"sub": ["a\n"]}, "conditions.sub[0]", Rule.CONTROL_CHARACTERS),
        ({"sub": ["a\u202e"]}, "conditions.sub[0]", Rule.INVISIBLE),
        ({"sub": [str(n) for n in range(VALUES_MAX + 1)]}, "conditions.sub", Rule.MAX_ITEMS),
        ({"": ["a"]}, "conditions.", Rule.MIN_LENGTH),
        ({"aud": ["maas"]}, "conditions.aud", Rule.RESERVED),
        ({"iss": ["x"]}, "conditions.iss", Rule.RESERVED),
        ({f"c{n}": ["a"] for n in range(CLAIMS_MAX + 1)}, "conditions", Rule.MAX_ITEMS),
        ({"sub": ["a"], "ref": [f"{n:0512}" for n in range(16)]}, "conditions", Rule.MAX_LENGTH),
    ],
)
def test_a_bad_condition_is_named(given: Mapping[str, Sequence[str]], field: str, rule: Rule) -> None:
    with pytest.raises(InvalidInput) as error:
        conditions(given)
    assert [(each.field, each.rule) for each in error.value.fields] == [(field, rule)]


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("main", "main", True),
        ("main", "mains", False),
        ("*", "", True),
        ("a*", "a", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("*b*", "abc", True),
        ("a*b*c", "a/b:b/c", True),
        ("a*b*c", "acb", False),
        ("ab*ba", "aba", False),
        ("*ab*ab*", "xab", False),
        ("**", "x", True),
        ("a.c", "abc", False),
        ("[a]*", "a", False),
        ("A*", "ab", False),
        ("a?", "ab", False),
    ],
)
def test_a_star_stands_for_any_text_and_all_else_for_itself(pattern: str, text: str, matches: bool) -> None:
    assert (unmet({"sub": (pattern,)}, {"sub": text}) == []) is matches


@pytest.mark.parametrize(
    ("claim", "met"),
    [(True, ["true"]), (False, ["false"]), (42, ["42"]), ("42", ["42"]), (None, []), (["42"], []), ({"a": 1}, [])],
)
def test_a_claim_is_compared_as_its_word(claim: Any, met: list[str]) -> None:
    wanted = ("true", "false", "42", "None", "['42']")
    assert [value for value in wanted if not unmet({"c": (value,)}, {"c": claim})] == met
    assert unmet({"c": ("*",)}, {}) == ["c"]


def test_one_value_of_each_condition_is_enough_and_each_has_to_be_met() -> None:
    wanted = {"sub": ("a", "b"), "ref": ("main",)}
    assert unmet(wanted, {"sub": "b", "ref": "main"}) == []
    assert unmet(wanted, {"sub": "b", "ref": "dev"}) == ["ref"]
    assert unmet(wanted, {"ref": "main"}) == ["sub"]


def test_no_pattern_is_slow() -> None:
    started = time.perf_counter()
    assert unmet({"sub": ("*a" * 250 + "b",)}, {"sub": "a" * 15_000}) == ["sub"]
    assert time.perf_counter() - started < 0.1
