"""The templates follow every rule, and every rule has a change that breaks it, which proves that it can fail."""

from collections.abc import Callable, Mapping

import pytest

from tests.template.all_rules import BREAKAGES, RULES
from tests.template.checks import Break, Breakage, Rule
from tests.template.deployment import ENVIRONMENTS, Deployment, deployment, load
from tests.template.translation import running_translator


def _words(function: Callable[..., object]) -> str:
    return function.__name__.replace("_", " ")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("rule", RULES, ids=_words)
def test_the_deployment_follows_the_rule(rule: Rule, environment: str, deployments: Mapping[str, Deployment]) -> None:
    assert list(rule(deployments[environment])) == []


@pytest.mark.parametrize(
    "breakage", BREAKAGES, ids=lambda breakage: f"{_words(breakage.change)}: {_words(breakage.rule)}"
)
def test_a_broken_rule_names_the_resource(breakage: Breakage, broken: Callable[[Break], Deployment]) -> None:
    findings = list(breakage.rule(broken(breakage.change)))
    assert any(finding.startswith(f"{breakage.resource}:") for finding in findings), findings


def test_every_rule_has_a_change_that_breaks_it() -> None:
    assert {rule.__name__ for rule in RULES} == {breakage.rule.__name__ for breakage in BREAKAGES}


def test_the_translator_s_copies_change_nothing(deployments: Mapping[str, Deployment]) -> None:
    with running_translator("--copies") as translate:
        assert deployment(load(), "prod", translate).resources == deployments["prod"].resources
