"""Logs and metrics of every process: JSON lines and EMF, by Powertools. Settings: LOG_LEVEL, POWERTOOLS_*."""

import contextlib
import functools
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from maas.platform.masking import masked
from maas.platform.request_context import CURRENT

LambdaHandler = Callable[[dict[str, Any], Any], Any]
# The values of one metric in a line of EMF.
VALUES_MAX = 100
# The values that LOG_LEVEL may have.
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class _Line(logging.LogRecord):
    """A log record with ready-made fields. It skips the search for the source line, the process and the thread."""

    fields: Mapping[str, Any]

    def __init__(self, name: str, message: str, fields: Mapping[str, Any]) -> None:
        created = time.time()
        self.__dict__.update(_EMPTY, name=name, msg=message, created=created, msecs=created % 1 * 1000, fields=fields)


_EMPTY = vars(logging.LogRecord("", logging.INFO, "", 0, "", None, None))


class _Formatter(LambdaPowertoolsFormatter):
    """Powertools' formatter, with a path for the lines of `log_call` that takes a sixth of its time.

    Those have no text of a caller that could be a secret: routes, methods and ids. In all others secrets are masked.
    """

    _encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
    _second, _text = -1, ""

    def format(self, record: logging.LogRecord) -> str:
        if not isinstance(record, _Line):
            return masked(super().format(record))
        keys = self.log_format
        head = {"level": "INFO", "message": record.msg, "timestamp": self._time(record), "service": keys["service"]}
        return self._encode({**head, **record.fields})

    def _time(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:
            self._second, self._text = second, time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(second))
        return f"{self._text},{int(record.msecs):03d}+0000"


class _RequestFields(logging.Filter):
    """Adds the log fields of the current request to a record; Powertools writes all attributes of a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        if request := CURRENT.get():
            record.__dict__.update(request.log_fields)
        return True


def _level() -> str | None:
    """Returns INFO if LOG_LEVEL is not a level, which Powertools would raise for; None leaves the choice to it."""
    return None if os.environ.get("LOG_LEVEL", "INFO").upper() in LEVELS else "INFO"


logger = Logger(level=_level(), utc=True, logger_formatter=_Formatter(utc=True))
_target = logging.getLogger(logger.name)
_target.addFilter(_RequestFields())


def in_context(handler: LambdaHandler) -> LambdaHandler:
    """Calls `handler` with the fields of Lambda's context in all log lines, as Powertools' inject_lambda_context does.

    Powertools sets all fields anew for each call. Here a process does that until its function is known and has
    answered once; then it sets the request's id alone. Nobody else sets fields for a call.
    """
    injected: LambdaHandler = logger.inject_lambda_context(clear_state=True)(handler)
    is_fixed = not logger.sampling_rate and not os.environ.get("POWERTOOLS_LOGGER_LOG_EVENT")

    @functools.wraps(handler)
    def in_known_context(event: dict[str, Any], context: Any) -> Any:
        formatter = logger.registered_formatter
        keys = formatter.log_format if isinstance(formatter, LambdaPowertoolsFormatter) else {}
        if is_fixed and keys.get("cold_start") is False and keys.get("function_arn") == context.invoked_function_arn:
            keys["function_request_id"] = context.aws_request_id
            return handler(event, context)
        return injected(event, context)

    return in_known_context


def log_call(message: str, fields: Mapping[str, Any]) -> None:
    """Logs a line of level INFO, cheaply enough for thousands of calls a second."""
    if _target.isEnabledFor(logging.INFO):
        _target.handle(_Line(_target.name, message, fields))


def count(name: str) -> None:
    """Adds one to the CloudWatch metric `name`."""
    publish({name: 1})


def publish(values: Mapping[str, int]) -> None:
    """Writes several counts as one EMF line to stdout, with the dimensions `service` and `stage`."""
    publish_with(values, {}, {})


def publish_with(
    values: Mapping[str, int], milliseconds: Mapping[str, Sequence[float]], properties: Mapping[str, str]
) -> None:
    """Writes counts, and at most VALUES_MAX durations of each name, as one EMF line.

    `properties` are searched in logs and are no dimensions: each value of a dimension would be a metric that costs.
    """
    metrics = EphemeralMetrics(namespace="MaaS")
    metrics.add_dimension("stage", os.environ.get("MAAS_STAGE", "local"))
    for name, value in values.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    found = metrics.serialize_metric_set()
    names = found["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    names += [{"Name": name, "Unit": MetricUnit.Milliseconds.value} for name in milliseconds]
    line = json.dumps({**found, **milliseconds, **properties}, separators=(",", ":"))
    with contextlib.suppress(OSError):  # a full disk; the work that is counted matters more
        sys.stdout.write(f"{line}\n")  # one write, because another thread may log
        sys.stdout.flush()
