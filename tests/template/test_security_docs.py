"""docs/security.md answers each requirement of ASVS that it should, and each test that it names exists."""

import re
from collections.abc import Iterator

import pytest

from local.paths import ROOT
from tests.template.all_rules import RULES

_TEXT = (ROOT / "docs" / "security.md").read_text()
_ANSWERS = {"met", "partly", "not met", "n/a"}
_NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", _TEXT)))


def _rows() -> Iterator[list[str]]:
    for line in re.findall(r"^\| (\d+\.\d+\.\d+ \| .*) \|$", _TEXT, re.MULTILINE):
        yield [cell.strip() for cell in line.split("|")]


def _required() -> list[list[str]]:
    lines = (ROOT / "tests" / "data" / "asvs-5.0.txt").read_text().splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


def test_each_requirement_of_levels_1_and_2_is_answered_once() -> None:
    assert [row[:2] for row in _rows()] == _required()


def test_each_answer_has_its_reason_and_what_is_met_its_test() -> None:
    for number, _, answer, reason, shown in _rows():
        assert answer in _ANSWERS, number
        assert reason.endswith("."), number
        assert answer != "met" or "::" in shown or shown == "no test", number


def test_few_requirements_are_met_without_a_test() -> None:
    assert [row[0] for row in _rows() if row[4] == "no test"] == ["6.3.2", "16.2.2"]


@pytest.mark.parametrize(("file", "name"), _NAMED, ids=lambda text: text)
def test_a_named_test_exists(file: str, name: str) -> None:
    code = (ROOT / "tests" / file).read_text()
    assert re.search(rf"^(async )?def {name}\(", code, re.MULTILINE), name
    is_rule = file.startswith("template/rules/")
    assert name in {rule.__name__ for rule in RULES} if is_rule else name.startswith("test_")


def test_every_text_in_backquotes_with_colons_is_a_test() -> None:
    assert len(_NAMED) > 80
    texts = set(re.findall(r"`([^`\s]+::[^`]+)`", _TEXT)) - {"file::test"}
    assert texts == {f"{file}::{name}" for file, name in _NAMED}
