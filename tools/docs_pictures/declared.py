"""Tables of what the code declares, as a terminal shows them."""

import re
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from maas.domain.identity.principals import ROLES_OF, Role
from maas.rpc import model_pb2
from maas.rpc.inference import open_inference_pb2
from maas.rpc.registry.v1 import registry_pb2
from tools import cost
from tools.docs_pictures import diagrams, terminal


def rights() -> str:
    """The scopes, and the roles that have them."""
    table = _table("scope", *(role.value for role in Role))
    for scope, roles in ROLES_OF.items():
        table.add_row(scope.value, *("yes" if role in roles else "" for role in Role))
    return terminal.drawn(table, "rights of roles")


def alarms() -> str:
    """The alarms of the operator, with what raises them."""
    table = _table("alarm", "metric", "raised if it is", "seconds")
    for file in ("infra/observability.yaml", "infra/registry.yaml", "infra/predictor.yaml"):
        for name, each in diagrams.resources(file).items():
            if each["Type"] == "AWS::CloudWatch::Alarm":
                table.add_row(name, *_raised(each["Properties"]))
    return terminal.drawn(table, "alarms")


_OPERATORS = {"GreaterThan": ">", "GreaterThanOrEqualTo": ">=", "LessThan": "<", "LessThanOrEqualTo": "<="}


def _raised(alarm: dict[str, Any]) -> tuple[str, str, str]:
    operator = _OPERATORS.get(alarm["ComparisonOperator"].removesuffix("Threshold"), alarm["ComparisonOperator"])
    metric = alarm.get("MetricName") or next(
        (each["Expression"] for each in alarm.get("Metrics", []) if isinstance(each.get("Expression"), str)), "computed"
    )
    threshold = alarm.get("Threshold", "")
    shown = threshold if isinstance(threshold, int | float | str) else "a parameter"
    return metric if len(metric) < 40 else f"{metric[:38]}…", f"{operator} {shown}", str(alarm.get("Period", ""))


def registry_calls() -> str:
    """The calls of the registry."""
    return _calls("calls of the registry", model_pb2.DESCRIPTOR, registry_pb2.DESCRIPTOR)


def predictor_calls() -> str:
    """The calls of the predictor."""
    return _calls("calls of the predictor", open_inference_pb2.DESCRIPTOR)


def _calls(title: str, *files: Any) -> str:
    table = _table("service", "calls")
    for file in files:
        for service in file.services_by_name.values():
            table.add_row(service.full_name, ", ".join(method.name for method in service.methods))
    return terminal.drawn(table, title)


def month() -> str:
    """The cost of a month by its predictions, as tools/cost.py computes it."""
    head, _, *rows = (_cells(line) for line in cost.volume_table().strip().splitlines() if line.startswith("|"))
    table = _table(*head)
    for row in rows:
        table.add_row(*row)
    return terminal.drawn(table, "US dollars a month")


def _cells(line: str) -> list[str]:
    return [re.sub(r"[*`]", "", cell).strip() for cell in line.strip("| ").split("|")]


def _table(*head: str) -> Table:
    return Table(*head, box=SIMPLE_HEAD, pad_edge=False)
