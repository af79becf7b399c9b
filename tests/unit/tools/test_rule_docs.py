"""docs/api/errors.md lists every rule code."""

from typing import get_args

from pydantic_core.core_schema import ErrorType

from maas.domain.errors import Rule
from maas.web.field_rules import PYDANTIC_RULES, rule_of
from tools import rule_docs
from tools.generated_parts import rendered


def test_the_page_has_the_table_of_rules() -> None:
    text = rule_docs.DOCUMENT.read_text()
    assert rule_docs.rules_table() in text, "run: PYTHONPATH=.:layers/shared/python python tools/rule_docs.py"
    assert rendered(text, rule_docs.PARTS) == text


def test_rules_are_sorted_and_have_a_meaning_of_one_sentence() -> None:
    assert [*Rule] == sorted(Rule)
    assert all(rule.meaning.endswith(".") and "|" not in rule.meaning for rule in Rule)


def test_the_table_names_only_error_types_that_pydantic_has() -> None:
    assert set(PYDANTIC_RULES) - {"not_null", "whole_number"} <= {*get_args(ErrorType)}
    assert rule_of("string_type") == rule_of("int_parsing") == Rule.TYPE
    assert rule_of("an_error_of_a_later_pydantic") == Rule.INVALID
