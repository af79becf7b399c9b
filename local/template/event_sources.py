"""Event sources besides the HTTP API: SQS queues and DynamoDB streams."""

import json
from collections.abc import Mapping
from typing import Any

from local.errors import TemplateError
from local.template.checks import reject_unknown, required
from local.template.specs import SqsSource, StreamSource

_QUEUE_SUPPORTED = ("BatchSize", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "Queue")
_QUEUE_ONLY_ON_AWS = ("MetricsConfig", "RouteSettings", "ScalingConfig")
_STREAM_SUPPORTED = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "FilterCriteria",
    "FunctionResponseTypes",
    "StartingPosition",
    "Stream",
)
# AWS moves records elsewhere when they are too old or were retried too often; here the stream ends with the stack.
_STREAM_ONLY_ON_AWS = (
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
)


def sqs_source(function: str, settings: Mapping[str, Any], where: str) -> SqsSource:
    """The source that an event of type SQS declares. Raises TemplateError for unsupported settings."""
    reject_unknown(settings, (*_QUEUE_SUPPORTED, *_QUEUE_ONLY_ON_AWS), where)
    return SqsSource(
        queue_arn=required(settings, "Queue", where),
        function=function,
        batch_size=int(settings.get("BatchSize", 10)),
        window=float(settings.get("MaximumBatchingWindowInSeconds", 0)),
        report_batch_item_failures=_reports_failures(settings, where),
    )


def stream_source(function: str, settings: Mapping[str, Any], where: str) -> StreamSource:
    """The source that an event of type DynamoDB declares. Raises TemplateError for unsupported settings."""
    reject_unknown(settings, (*_STREAM_SUPPORTED, *_STREAM_ONLY_ON_AWS), where)
    if settings.get("StartingPosition") != "TRIM_HORIZON":
        raise TemplateError(f"{where}.StartingPosition", "the local stack supports only TRIM_HORIZON")
    criteria = settings.get("FilterCriteria", {})
    reject_unknown(criteria, ("Filters",), f"{where}.FilterCriteria")
    return StreamSource(
        stream_arn=required(settings, "Stream", where),
        function=function,
        batch_size=int(settings.get("BatchSize", 100)),
        filters=tuple(_pattern(each["Pattern"], f"{where}.FilterCriteria") for each in criteria.get("Filters", [])),
        bisect=bool(settings.get("BisectBatchOnFunctionError", False)),
        report_batch_item_failures=_reports_failures(settings, where),
    )


def _pattern(text: str, where: str) -> Mapping[str, Any]:
    """Parses an EventBridge pattern. Raises TemplateError for numbers, `exists` and other operators but `prefix`."""
    pattern = json.loads(text)
    if not isinstance(pattern, dict) or not _is_supported(pattern):
        raise TemplateError(where, f"the local stack supports only strings and prefixes in a pattern, not {text}")
    return pattern


def _is_supported(pattern: Any) -> bool:
    if isinstance(pattern, dict):
        return all(map(_is_supported, pattern.values()))
    return isinstance(pattern, list) and all(isinstance(value, str) or _is_prefix(value) for value in pattern)


def _is_prefix(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"prefix"} and isinstance(value["prefix"], str)


def _reports_failures(settings: Mapping[str, Any], where: str) -> bool:
    response_types = settings.get("FunctionResponseTypes", [])
    if not {*response_types} <= {"ReportBatchItemFailures"}:
        raise TemplateError(f"{where}.FunctionResponseTypes", "the local stack supports only ReportBatchItemFailures")
    return bool(response_types)
