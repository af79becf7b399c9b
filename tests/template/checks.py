"""Rules about what would be deployed, and for each at least one way of breaking it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.template.deployment import Deployment, Sources

# Answers with what is wrong, each as "<resource>: <what>"; nothing when all is well.
Rule = Callable[[Deployment], Iterator[str]]
Break = Callable[[Sources], None]


@dataclass(frozen=True)
class Breakage:
    """A change for the worse, and the resource that `rule` must then name."""

    rule: Rule
    change: Break
    resource: str


RULES: list[Rule] = []
BREAKAGES: list[Breakage] = []


def rule(function: Rule) -> Rule:
    """Holds in every environment."""
    RULES.append(function)
    return function


def breaks(broken: Rule, resource: str) -> Callable[[Break], Break]:
    """The decorated change of the templates must make `broken` name `resource`."""

    def add(change: Break) -> Break:
        BREAKAGES.append(Breakage(broken, change, resource))
        return change

    return add


def listed(value: Any) -> list[Any]:
    """CloudFormation takes one thing for a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
