"""Operations: log retention, alarms, runbook and dashboard."""

import json
import re
from collections.abc import Iterator
from typing import Any

from local.paths import ROOT
from local.template.document import QUEUE
from tests.template.checks import as_list, breaks, rule
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
def every_log_group_has_a_retention_time(deployment: Deployment) -> Iterator[str]:
    for group in deployment.of_type("AWS::Logs::LogGroup"):
        if not 1 <= int(group.properties.get("RetentionInDays", 0)) <= 400:
            yield f"{group.name}: has no retention time of 1 to 400 days"


@rule
def alarms_watch_errors_throttles_dead_letters_health_and_latency(deployment: Deployment) -> Iterator[str]:
    alarms = list(deployment.of_type(_ALARM))
    watched = {f"{metric['Namespace']} {metric['MetricName']}" for alarm in alarms for metric in _metrics(alarm)}
    yield from (f"{metric}: no alarm watches it" for metric in sorted(_WATCHED - watched))
    percentiles = {
        alarm.properties["MetricName"] for alarm in alarms if alarm.properties.get("ExtendedStatistic") == "p99"
    }
    if "Latency" not in percentiles:
        yield "AWS/ApiGateway Latency: no alarm watches its 99th percentile"


@rule
def an_alarm_watches_each_dead_letter_queue_and_no_other(deployment: Deployment) -> Iterator[str]:
    redrives = [(queue, queue.properties.get("RedrivePolicy", {})) for queue in deployment.of_type(QUEUE)]
    targets = [deployment.referenced(redrive.get("deadLetterTargetArn", {}), queue) for queue, redrive in redrives]
    dead_letters = {queue.name for queue in targets if queue}
    watched = set[str]()
    for alarm in deployment.of_type(_ALARM):
        for metric in _metrics(alarm):
            if metric["MetricName"] == "ApproximateNumberOfMessagesVisible":
                queue = deployment.referenced(metric["Dimensions"][0]["Value"], alarm)
                if queue is None or queue.name not in dead_letters:
                    yield f"{alarm.name}: watches {queue.name if queue else 'no queue of this stack'}"
                else:
                    watched.add(queue.name)
    for name in sorted(dead_letters - watched):
        yield f"{name}: no alarm watches it"


@rule
def every_alarm_notifies_a_topic(deployment: Deployment) -> Iterator[str]:
    for alarm in deployment.of_type(_ALARM):
        topics = [deployment.referenced(action, alarm) for action in as_list(alarm.properties.get("AlarmActions"))]
        disabled = alarm.properties.get("ActionsEnabled", True) is not True
        if disabled or not any(topic and topic.type == "AWS::SNS::Topic" for topic in topics):
            yield f"{alarm.name}: notifies no topic"


@rule
def every_alarm_is_in_the_runbook(deployment: Deployment) -> Iterator[str]:
    runbook = ROOT / "docs/runbook.md"
    headings = re.findall(r"^#+ (.+)$", runbook.read_text() if runbook.exists() else "", re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for alarm in deployment.of_type(_ALARM):
        described = re.search(r"docs/runbook\.md#([\w-]+)", str(alarm.properties.get("AlarmDescription")))
        if described is None or described[1] not in anchors:
            named = described[1] if described else "for it: the alarm names none"
            yield f"{alarm.name}: docs/runbook.md has no heading {named}"


@rule
def the_dashboard_is_valid_json(deployment: Deployment) -> Iterator[str]:
    boards = list(deployment.of_type("AWS::CloudWatch::Dashboard"))
    if not boards:
        yield "Dashboard: does not exist"
    for board in boards:
        body = board.properties["DashboardBody"]
        text = body["Fn::Sub"] if isinstance(body, dict) else body
        try:
            widgets = json.loads(text)["widgets"]
        except (ValueError, KeyError) as error:
            yield f"{board.name}: {error}"
        else:
            if not widgets:
                yield f"{board.name}: has no widget"


@breaks(every_log_group_has_a_retention_time, "ApiLogs")
def log_group_without_retention(sources: Sources) -> None:
    del sources.properties("ApiLogs")["RetentionInDays"]


@breaks(alarms_watch_errors_throttles_dead_letters_health_and_latency, "AWS/Lambda Throttles")
def no_alarm_for_throttles(sources: Sources) -> None:
    del sources.documents["infra/alerts.yaml"]["Resources"]["Throttles"]


@breaks(alarms_watch_errors_throttles_dead_letters_health_and_latency, "AWS/ApiGateway Latency")
def median_instead_of_p99(sources: Sources) -> None:
    sources.properties("ApiLatency")["ExtendedStatistic"] = "p50"


@breaks(an_alarm_watches_each_dead_letter_queue_and_no_other, "DeadLetters")
def alarm_on_the_wrong_queue(sources: Sources) -> None:
    parameters = next(
        stack["Properties"]["Parameters"]
        for stack in sources.of_type("AWS::Serverless::Application")
        if "DeadLetterQueueName" in stack["Properties"]["Parameters"]
    )
    parameters["DeadLetterQueueName"] = {"Fn::GetAtt": "ValidationQueue.QueueName"}


@breaks(an_alarm_watches_each_dead_letter_queue_and_no_other, "RemovalDeadLetters")
def removals_die_unseen(sources: Sources) -> None:
    del sources.documents["infra/observability.yaml"]["Resources"]["RemovalDeadLetters"]


@breaks(every_alarm_notifies_a_topic, "UnhealthyTasks")
def alarm_without_actions(sources: Sources) -> None:
    del sources.properties("UnhealthyTasks")["AlarmActions"]


@breaks(every_alarm_notifies_a_topic, "UnhealthyTasks")
def alarm_with_disabled_actions(sources: Sources) -> None:
    sources.properties("UnhealthyTasks")["ActionsEnabled"] = False


@breaks(every_alarm_is_in_the_runbook, "ApiLatency")
def alarm_without_a_runbook_heading(sources: Sources) -> None:
    sources.properties("ApiLatency")["AlarmDescription"] = "Slow. docs/runbook.md#no-such-heading"


@breaks(the_dashboard_is_valid_json, "Dashboard")
def dashboard_with_invalid_json(sources: Sources) -> None:
    body = sources.properties("Dashboard")["DashboardBody"]
    body["Fn::Sub"] = body["Fn::Sub"].replace("]", "", 1)
