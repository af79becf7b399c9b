"""Wiring of the surveyor function: rolls sketches up and reports drift, every five minutes."""

from maas.entrypoints.cold_start import ready

import asyncio

from maas.adapters.aws.sketches import DynamoSketches
from maas.adapters.sketches.lazy import LazySketches
from maas.contracts.surveys import SurveyMessage
from maas.entrypoints.sqs import sqs_handler
from maas.platform.settings import MonitoringSettings, read
from maas.services.drift_reports import DriftReports
from maas.services.surveys import Surveys

settings = read(MonitoringSettings)
store, sketches = DynamoSketches(settings.table, settings.endpoint), LazySketches()
surveys = Surveys(store, sketches, DriftReports(store, sketches))


async def work(_message: SurveyMessage, _receives: int) -> None:
    surveys.run()


runner = asyncio.Runner()
handler = ready(sqs_handler(runner, SurveyMessage, work))
