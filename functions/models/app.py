"""Wiring of the models function: models, versions, aliases, grants, differences, changelogs and use of quotas."""

from maas.entrypoints.cold_start import ready

from maas.adapters.aws.graph_summaries import S3GraphStore
from maas.adapters.aws.rollout_watches import DynamoRolloutWatches
from maas.adapters.registry.aliases import AliasCalls
from maas.adapters.registry.grants import GrantCalls
from maas.adapters.registry.models import ModelCalls
from maas.adapters.registry.rollouts import RolloutCalls
from maas.adapters.registry.usage import UsageCalls
from maas.adapters.registry.version_changes import VersionChangeCalls
from maas.entrypoints.connections import cache_url, registry_client
from maas.entrypoints.http import create_app, lambda_handler
from maas.entrypoints.keyed_requests import idempotency
from maas.entrypoints.observation_log import observation_log
from maas.entrypoints.request_quotas import request_limits
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.monitoring import MonitoringSettings
from maas.platform.settings.objects import ObjectSettings
from maas.security.secret_values import SecretReader
from maas.services.changelog import ChangelogService
from maas.services.diff import DiffService
from maas.services.idempotency import allowed_by
from maas.services.judged_rollouts import JudgedRollouts
from maas.services.observations import Observations
from maas.services.usage import UsageService
from maas.web.routes.aliases import aliases_routes
from maas.web.routes.changelog import changelog_routes
from maas.web.routes.diff import diff_routes
from maas.web.routes.grants import grants_routes
from maas.web.routes.held_grants import held_grants_routes
from maas.web.routes.models import models_routes
from maas.web.routes.rollouts import rollouts_routes
from maas.web.routes.usage import usage_routes
from maas.web.routes.versions import versions_routes


class ModelsRegistry(ModelCalls, VersionChangeCalls, AliasCalls, RolloutCalls, GrantCalls, UsageCalls):
    """The parts of the registry that these routes ask."""


secrets = SecretReader(read(AwsSettings).endpoint)
registry, keys = registry_client(ModelsRegistry, secrets)
objects = read(ObjectSettings)
graphs = S3GraphStore(objects.bucket, objects.endpoint)
diff = DiffService(registry, graphs)
limits = request_limits(cache_url(secrets))
monitoring = read(MonitoringSettings)
judgements = DynamoRolloutWatches(monitoring.table, monitoring.endpoint)
routers = (
    models_routes(registry),
    versions_routes(registry),
    aliases_routes(registry),
    rollouts_routes(registry, JudgedRollouts(registry, judgements)),
    grants_routes(registry),
    held_grants_routes(registry),
    diff_routes(diff),
    changelog_routes(ChangelogService(registry)),
    usage_routes(UsageService(registry, limits)),
)
observations = Observations(observation_log())
app = create_app(
    *routers,
    title="MaaS models",
    limits=limits,
    idempotency=idempotency(keys, allowed_by(registry)),
    observations=observations,
)
handler = ready(lambda_handler(app))
