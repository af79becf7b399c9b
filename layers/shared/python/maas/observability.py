"""Logs and metrics of every process: JSON lines and EMF, by Powertools. Settings: LOG_LEVEL, POWERTOOLS_*."""

from aws_lambda_powertools import Logger

logger = Logger(utc=True)
