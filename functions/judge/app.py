"""Wiring of the judge function: looks at all active rollouts each minute."""

from maas.entrypoints.cold_start import ready

import asyncio

from maas.adapters.aws.drift_reports import DynamoDriftReports
from maas.adapters.aws.rollout_outcomes import DynamoRolloutOutcomes
from maas.adapters.aws.rollout_watches import DynamoRolloutWatches
from maas.adapters.redis_statistics import RedisStatistics
from maas.adapters.registry.rollouts import RolloutCalls
from maas.adapters.registry.versions import VersionCalls
from maas.contracts.judging import LookMessage
from maas.entrypoints.connections import cache_url, registry_client
from maas.entrypoints.sqs import sqs_handler
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.monitoring import MonitoringSettings
from maas.security.secret_values import SecretReader
from maas.services.judge_runs import JudgeRuns, NoStatistics
from maas.services.judging import JudgeService


class JudgeRegistry(VersionCalls, RolloutCalls):
    """The parts of the registry that a judge asks."""


monitoring = read(MonitoringSettings)
secrets = SecretReader(read(AwsSettings).endpoint)
registry, _ = registry_client(JudgeRegistry, secrets)
redis_url = cache_url(secrets)
runs = JudgeRuns(
    JudgeService(
        registry,
        RedisStatistics(redis_url) if redis_url else NoStatistics(),
        DynamoRolloutWatches(monitoring.table, monitoring.endpoint),
        DynamoRolloutOutcomes(monitoring.table, monitoring.endpoint),
        DynamoDriftReports(monitoring.table, monitoring.endpoint),
    )
)


async def work(_message: LookMessage, _receives: int) -> None:
    await runs.look()


runner = asyncio.Runner()
handler = ready(sqs_handler(runner, LookMessage, work))
