"""Logs and metrics of every process: JSON lines and EMF, by Powertools. Settings: LOG_LEVEL, POWERTOOLS_*."""

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(utc=True)


def count(name: str) -> None:
    """One more of `name` in CloudWatch, as an EMF line on stdout."""
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace="MaaS"):
        pass
