"""Rules that put a message into a queue at intervals."""

import re
from collections.abc import Mapping
from typing import Any

from local.errors import TemplateError
from local.template.checks import reject_unknown, required, shape_errors
from local.template.document import RULE, Template
from local.template.specs import Schedule

_SUPPORTED = ("Description", "Name", "ScheduleExpression", "State", "Targets")
# What rules for events have. A schedule is on the default bus.
_OF_EVENTS = ("EventBusName", "EventPattern")
_TARGET_SUPPORTED = ("Arn", "Id", "Input")
_RATE = re.compile(r"rate\((?P<number>[1-9]\d*) (?P<unit>minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


def is_scheduled(properties: Mapping[str, Any]) -> bool:
    """Returns whether a rule goes by the clock, and not by events."""
    return "ScheduleExpression" in properties


def schedules_of(template: Template) -> tuple[Schedule, ...]:
    """Returns the schedules of all enabled rules, whose targets are queues. Raises TemplateError for cron."""
    found: list[Schedule] = []
    for name in template.of_type(RULE):
        with shape_errors(name):
            properties = template.properties(name, _OF_EVENTS)
            if is_scheduled(properties):
                reject_unknown(properties, _SUPPORTED, name)
                found += _schedules(name, properties) if properties.get("State", "ENABLED") == "ENABLED" else []
    return tuple(found)


def _schedules(name: str, properties: Mapping[str, Any]) -> list[Schedule]:
    rate = _RATE.fullmatch(properties["ScheduleExpression"])
    if rate is None:
        raise TemplateError(
            f"{name}.ScheduleExpression", "the local stack supports only rate(N minutes, hours or days)"
        )
    seconds = int(rate["number"]) * _SECONDS[rate["unit"]]
    return [_schedule(name, seconds, target, f"{name}.Targets") for target in properties.get("Targets", [])]


def _schedule(name: str, seconds: int, target: Mapping[str, Any], where: str) -> Schedule:
    reject_unknown(target, _TARGET_SUPPORTED, where)
    arn, body = required(target, "Arn", where), required(target, "Input", where)
    return Schedule(f"{name}.{required(target, 'Id', where)}", seconds, arn, body)
