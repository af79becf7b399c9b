"""What is kept, watched and told; and what to do then."""

import json
import re
from collections.abc import Iterator
from typing import Any

from local.paths import ROOT
from tests.template.checks import breaks, listed, rule
from tests.template.deployment import Deployment, Resource, Sources

_ALARM = "AWS::CloudWatch::Alarm"
_WATCHED = {
    "AWS/ApiGateway 5xx",
    "AWS/ApiGateway Latency",
    "AWS/Lambda Errors",
    "AWS/Lambda Throttles",
    "AWS/SQS ApproximateNumberOfMessagesVisible",
    "AWS/ApplicationELB UnHealthyHostCount",
    "AWS/ApplicationELB HealthyHostCount",
}


def _metrics(alarm: Resource) -> Iterator[dict[str, Any]]:
    if "MetricName" in alarm.properties:
        yield alarm.properties
    yield from (each["MetricStat"]["Metric"] for each in alarm.properties.get("Metrics", []) if "MetricStat" in each)


@rule
def every_log_has_an_end(deployment: Deployment) -> Iterator[str]:
    for group in deployment.of_type("AWS::Logs::LogGroup"):
        if not 1 <= int(group.properties.get("RetentionInDays", 0)) <= 400:
            yield f"{group.name}: is kept for ever"


@rule
def alarms_watch_errors_throttles_dead_letters_health_and_time(deployment: Deployment) -> Iterator[str]:
    alarms = list(deployment.of_type(_ALARM))
    watched = {f"{metric['Namespace']} {metric['MetricName']}" for alarm in alarms for metric in _metrics(alarm)}
    yield from (f"{metric}: no alarm watches it" for metric in sorted(_WATCHED - watched))
    percentiles = {
        alarm.properties["MetricName"] for alarm in alarms if alarm.properties.get("ExtendedStatistic") == "p99"
    }
    if "Latency" not in percentiles:
        yield "AWS/ApiGateway Latency: no alarm watches its 99th percentile"


@rule
def the_alarm_for_dead_letters_watches_their_queue(deployment: Deployment) -> Iterator[str]:
    for alarm in deployment.of_type(_ALARM):
        for metric in _metrics(alarm):
            if metric["MetricName"] == "ApproximateNumberOfMessagesVisible":
                queue = deployment.referred(metric["Dimensions"][0]["Value"], alarm)
                if queue is None or queue.name != "ValidationDeadLetters":
                    yield f"{alarm.name}: watches {queue.name if queue else 'no queue'}"


@rule
def every_alarm_tells_somebody(deployment: Deployment) -> Iterator[str]:
    for alarm in deployment.of_type(_ALARM):
        topics = [deployment.referred(action, alarm) for action in listed(alarm.properties.get("AlarmActions"))]
        silent = alarm.properties.get("ActionsEnabled", True) is not True
        if silent or not any(topic and topic.type == "AWS::SNS::Topic" for topic in topics):
            yield f"{alarm.name}: tells nobody"


@rule
def every_alarm_is_in_the_runbook(deployment: Deployment) -> Iterator[str]:
    runbook = ROOT / "docs/runbook.md"
    headings = re.findall(r"^#+ (.+)$", runbook.read_text() if runbook.exists() else "", re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for alarm in deployment.of_type(_ALARM):
        described = re.search(r"docs/runbook\.md#([\w-]+)", str(alarm.properties.get("AlarmDescription")))
        if described is None or described[1] not in anchors:
            yield f"{alarm.name}: docs/runbook.md has no heading {described[1] if described else 'that it names'}"


@rule
def the_dashboard_is_json(deployment: Deployment) -> Iterator[str]:
    boards = list(deployment.of_type("AWS::CloudWatch::Dashboard"))
    if not boards:
        yield "Dashboard: there is none"
    for board in boards:
        body = board.properties["DashboardBody"]
        text = body["Fn::Sub"] if isinstance(body, dict) else body
        try:
            widgets = json.loads(text)["widgets"]
        except (ValueError, KeyError) as error:
            yield f"{board.name}: {error}"
        else:
            if not widgets:
                yield f"{board.name}: shows nothing"


@breaks(every_log_has_an_end, "ApiLogs")
def for_ever(sources: Sources) -> None:
    del sources.properties("ApiLogs")["RetentionInDays"]


@breaks(alarms_watch_errors_throttles_dead_letters_health_and_time, "AWS/Lambda Throttles")
def nobody_sees_throttles(sources: Sources) -> None:
    del sources.documents["infra/alerts.yaml"]["Resources"]["Throttles"]


@breaks(alarms_watch_errors_throttles_dead_letters_health_and_time, "AWS/ApiGateway Latency")
def the_mean_only(sources: Sources) -> None:
    sources.properties("ApiLatency")["ExtendedStatistic"] = "p50"


@breaks(the_alarm_for_dead_letters_watches_their_queue, "DeadLetters")
def the_other_queue(sources: Sources) -> None:
    parameters = next(
        stack["Properties"]["Parameters"]
        for stack in sources.of_type("AWS::Serverless::Application")
        if "DeadLetterQueueName" in stack["Properties"]["Parameters"]
    )
    parameters["DeadLetterQueueName"] = {"Fn::GetAtt": "ValidationQueue.QueueName"}


@breaks(every_alarm_tells_somebody, "UnhealthyTasks")
def silent_alarm(sources: Sources) -> None:
    del sources.properties("UnhealthyTasks")["AlarmActions"]


@breaks(every_alarm_tells_somebody, "UnhealthyTasks")
def muted_alarm(sources: Sources) -> None:
    sources.properties("UnhealthyTasks")["ActionsEnabled"] = False


@breaks(every_alarm_is_in_the_runbook, "ApiLatency")
def nothing_to_read(sources: Sources) -> None:
    sources.properties("ApiLatency")["AlarmDescription"] = "Slow. docs/runbook.md#no-such-heading"


@breaks(the_dashboard_is_json, "Dashboard")
def torn_dashboard(sources: Sources) -> None:
    body = sources.properties("Dashboard")["DashboardBody"]
    body["Fn::Sub"] = body["Fn::Sub"].replace("]", "", 1)
