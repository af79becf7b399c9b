"""Wiring of the surveyor function: rolls sketches up, reports drift and tells of it, every five minutes."""

from maas.entrypoints.cold_start import ready

import asyncio

from maas.adapters.aws.drift_notes import DynamoDriftNotes
from maas.adapters.aws.sketches import DynamoSketches
from maas.adapters.sketches.lazy import LazySketches
from maas.contracts.surveys import SurveyMessage
from maas.entrypoints.sqs import sqs_handler
from maas.platform.environment import IdentitySettings, read
from maas.platform.settings.monitoring import MonitoringSettings
from maas.services.drift_alerts import DriftAlerts
from maas.services.drift_reports import DriftReports
from maas.services.surveys import Surveys

settings = read(MonitoringSettings)
store, sketches = DynamoSketches(settings.table, settings.endpoint), LazySketches()
identity = read(IdentitySettings)
notes = DynamoDriftNotes(settings.table, identity.table, settings.endpoint)
surveys = Surveys(store, sketches, DriftReports(store, sketches), DriftAlerts(notes))


async def work(_message: SurveyMessage, _receives: int) -> None:
    surveys.run()


runner = asyncio.Runner()
handler = ready(sqs_handler(runner, SurveyMessage, work))
