"""Rules of the event buses, with queues as their targets."""

import json
from collections.abc import Mapping
from typing import Any

from local.template.checks import reject_unknown, required

_SUPPORTED = ("Description", "EventBusName", "EventPattern", "Name", "State", "Targets")
# AWS retries a target that does not answer; here the queue is in the same server as the bus.
_TARGET_ONLY_ON_AWS = ("DeadLetterConfig", "RetryPolicy")


def ensure_rule(events: Any, name: str, rule: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Makes or updates the rule and its targets. Returns the values of Ref and GetAtt for it."""
    reject_unknown(properties, _SUPPORTED, name)
    bus = properties.get("EventBusName", "default")
    arn = events.put_rule(
        Name=rule,
        EventBusName=bus,
        EventPattern=json.dumps(required(properties, "EventPattern", name)),
        State=properties.get("State", "ENABLED"),
        Description=properties.get("Description", ""),
    )["RuleArn"]
    targets = [_target(target, f"{name}.Targets") for target in properties.get("Targets", [])]
    stored = events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
    gone = {each["Id"] for each in stored} - {each["Id"] for each in targets}
    if gone:
        events.remove_targets(Rule=rule, EventBusName=bus, Ids=sorted(gone))
    if targets:
        events.put_targets(Rule=rule, EventBusName=bus, Targets=targets)
    return {"Ref": f"{bus}|{rule}", "Arn": arn}


def _target(target: Mapping[str, Any], where: str) -> dict[str, str]:
    reject_unknown(target, ("Arn", "Id", *_TARGET_ONLY_ON_AWS), where)
    return {"Id": required(target, "Id", where), "Arn": required(target, "Arn", where)}
