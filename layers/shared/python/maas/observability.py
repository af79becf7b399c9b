"""Logs and metrics of every process: JSON lines and EMF, by Powertools. Settings: LOG_LEVEL, POWERTOOLS_*."""

from collections.abc import Mapping

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

logger = Logger(utc=True)


def count(name: str) -> None:
    """One more of `name` in CloudWatch, as an EMF line on stdout."""
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace="MaaS"):
        pass


def publish(values: Mapping[str, int]) -> None:
    """Several counts as one EMF line on stdout."""
    metrics = EphemeralMetrics(namespace="MaaS")
    for name, value in values.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
