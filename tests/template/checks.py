"""Rules for a deployment, each with at least one change of the templates that breaks it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.template.deployment import Deployment, Sources

# Yields each fault as "<resource>: <fault>".
Rule = Callable[[Deployment], Iterator[str]]
Break = Callable[[Sources], None]


@dataclass(frozen=True)
class Breakage:
    """A change of the templates, and the resource that `rule` must then name."""

    rule: Rule
    change: Break
    resource: str


RULES: list[Rule] = []
BREAKAGES: list[Breakage] = []


def rule(function: Rule) -> Rule:
    """Registers a rule that must hold in every environment."""
    RULES.append(function)
    return function


def breaks(broken: Rule, resource: str) -> Callable[[Break], Break]:
    """Registers a change of the templates after which the rule `broken` must name `resource`."""

    def add(change: Break) -> Break:
        BREAKAGES.append(Breakage(broken, change, resource))
        return change

    return add


def as_list(value: Any) -> list[Any]:
    """The value as a list: CloudFormation accepts a single item instead of a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
