"""Wiring of the monitoring function: figures of the values of predictions."""

from maas.entrypoints.cold_start import ready

from maas.adapters.aws.captures import S3Captures
from maas.adapters.aws.disagreements import DynamoDisagreements
from maas.adapters.aws.feedback import DynamoFeedback
from maas.adapters.aws.sketches import DynamoSketches
from maas.adapters.registry.captures import CaptureCalls
from maas.adapters.registry.models import ModelCalls
from maas.adapters.registry.rollouts import RolloutCalls
from maas.adapters.registry.versions import VersionCalls
from maas.adapters.sketches.lazy import LazySketches
from maas.entrypoints.connections import cache_url, registry_client
from maas.entrypoints.http import create_app, lambda_handler
from maas.entrypoints.observation_log import observation_log
from maas.entrypoints.request_quotas import request_limits
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.monitoring import MonitoringSettings
from maas.platform.settings.objects import ObjectSettings
from maas.security.cursors import Cursors
from maas.security.secret_values import SecretReader
from maas.services.captures import CaptureService
from maas.services.disagreements import DisagreementService
from maas.services.feedback import FeedbackService
from maas.services.monitoring import MonitoringService
from maas.services.observations import Observations
from maas.web.routes.captures import captures_routes
from maas.web.routes.disagreements import disagreements_routes
from maas.web.routes.feedback import feedback_routes
from maas.web.routes.monitoring import monitoring_routes


class MonitoringRegistry(ModelCalls, VersionCalls, RolloutCalls, CaptureCalls):
    """The parts of the registry that figures, feedback and captures ask."""


secrets = SecretReader(read(AwsSettings).endpoint)
registry, keys = registry_client(MonitoringRegistry, secrets)
limits = request_limits(cache_url(secrets))
log = observation_log()
observations = Observations(log)
objects = read(ObjectSettings)
captures = S3Captures(objects.bucket, objects.endpoint, objects.public_endpoint)
measured = read(MonitoringSettings)
store = DynamoSketches(measured.table, measured.endpoint)
app = create_app(
    monitoring_routes(MonitoringService(registry, store, LazySketches())),
    feedback_routes(FeedbackService(registry, DynamoFeedback(measured.table, measured.endpoint))),
    disagreements_routes(DisagreementService(registry, DynamoDisagreements(measured.table, measured.endpoint))),
    captures_routes(CaptureService(registry, captures, log, Cursors(keys))),
    title="MaaS monitoring",
    limits=limits,
    observations=observations,
)
handler = ready(lambda_handler(app))
