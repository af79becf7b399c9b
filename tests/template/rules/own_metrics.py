"""Metrics of our own: alarms and the dashboard ask for what the functions publish."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maas.adapters import emf_statistics
from maas.domain import errors
from maas.domain.inference.statistics import PHASES
from maas.entrypoints.measured import UNEXPECTED
from maas.services import judge_runs
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Resource, Sources

_SERVICES = {"inference": emf_statistics, "judge": judge_runs}
# What the dashboard has to show of each service.
_SHOWN = {
    "inference": {"Predictions", "PredictionErrors", "ResultHits", "TotalTime", "QueueLength"},
    "judge": {"Rollouts", "RolloutsPromoted", "RolloutsAborted", "RolloutsPaused", "RolloutsUnjudged"},
}
_Asked = tuple[str, str]


@rule
def alarms_and_the_dashboard_ask_for_metrics_that_are_published(deployment: Deployment) -> Iterator[str]:
    for resource in deployment.of_type("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"):
        for service, name in _asked(resource):
            if service in _SERVICES and name not in _published(service):
                yield f"{resource.name}: {service} publishes no metric {name}"


@rule
def the_dashboard_shows_predictions_and_rollouts(deployment: Deployment) -> Iterator[str]:
    shown = {asked for board in deployment.of_type("AWS::CloudWatch::Dashboard") for asked in _asked(board)}
    for service, names in _SHOWN.items():
        yield from (
            f"Dashboard: does not show {name} of {service}" for name in sorted(names) if (service, name) not in shown
        )


@rule
def an_alarm_watches_failed_predictions_and_aborted_rollouts(deployment: Deployment) -> Iterator[str]:
    watched = {asked for alarm in deployment.of_type("AWS::CloudWatch::Alarm") for asked in _asked(alarm)}
    wanted = {
        ("inference", "PredictionErrors_model_crashed"),
        ("judge", "RolloutsAborted"),
        ("judge", "RolloutsUnjudged"),
    }
    yield from (f"{name}: no alarm watches it" for _, name in sorted(wanted - watched))


def _published(service: str) -> set[str]:
    """The names in the module that publishes a service's metrics, and those that it makes of phases and codes."""
    found = set(re.findall(r'"([A-Z]\w+)"', Path(str(_SERVICES[service].__file__)).read_text()))
    if service == "inference":
        found |= {f"{phase.title()}Time" for phase in PHASES}
        codes = [
            UNEXPECTED,
            *(
                each.code
                for each in vars(errors).values()
                if isinstance(each, type) and issubclass(each, errors.MaasError)
            ),
        ]
        found |= {f"PredictionErrors_{code}" for code in codes}
    return found


def _asked(resource: Resource) -> Iterator[_Asked]:
    """Service and name of each of our metrics that an alarm or a dashboard has."""
    if resource.type.endswith("Dashboard"):
        body = resource.properties["DashboardBody"]
        for widget in json.loads(body["Fn::Sub"] if isinstance(body, dict) else body)["widgets"]:
            yield from _of_widget(widget["properties"].get("metrics", []))
        return
    parts = [each["MetricStat"]["Metric"] for each in resource.properties.get("Metrics", []) if "MetricStat" in each]
    for metric in [*parts, resource.properties]:
        if metric.get("Namespace") == "MaaS":
            yield from (
                (each["Value"], metric["MetricName"]) for each in metric["Dimensions"] if each["Name"] == "service"
            )


def _of_widget(rows: list[Any]) -> Iterator[_Asked]:
    """Reads the short form of a widget's metrics: a dot repeats a word of the row above, and "..." all of them."""
    above: list[str] = []
    for row in rows:
        words = [word for word in row if isinstance(word, str)]
        if words[:1] == ["..."]:
            words = [*above[: len(above) - len(words) + 1], *words[1:]]
        words = above = [above[at] if word == "." else word for at, word in enumerate(words)]
        if words[:1] == ["MaaS"] and words[2] == "service":
            yield words[3], words[1]


@breaks(alarms_and_the_dashboard_ask_for_metrics_that_are_published, "RolloutsAborted")
def an_alarm_for_a_metric_that_was_renamed(sources: Sources) -> None:
    sources.properties("RolloutsAborted")["MetricName"] = "RolloutsTakenBack"


@breaks(alarms_and_the_dashboard_ask_for_metrics_that_are_published, "Dashboard")
def a_dashboard_of_a_metric_that_was_renamed(sources: Sources) -> None:
    _replace(sources, "ResultHits", "CacheHits")


@breaks(the_dashboard_shows_predictions_and_rollouts, "Dashboard")
def a_dashboard_without_paused_rollouts(sources: Sources) -> None:
    _replace(sources, "RolloutsPaused", "RolloutsAborted")


@breaks(an_alarm_watches_failed_predictions_and_aborted_rollouts, "RolloutsAborted")
def rollouts_end_unseen(sources: Sources) -> None:
    del sources.documents["infra/observability.yaml"]["Resources"]["RolloutsAborted"]


def _replace(sources: Sources, old: str, new: str) -> None:
    body = sources.properties("Dashboard")["DashboardBody"]
    body["Fn::Sub"] = body["Fn::Sub"].replace(old, new)
