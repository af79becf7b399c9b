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
from maas.entrypoints.sqs import sqs_handler
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.monitoring import MonitoringSettings
from maas.platform.settings.registry import CacheSettings, RegistrySettings
from maas.security.keyring import TokenKeys
from maas.security.redis_url import url_of
from maas.security.secret_values import SecretReader
from maas.services.judge_runs import JudgeRuns, NoStatistics
from maas.services.judging import JudgeService


class JudgeRegistry(VersionCalls, RolloutCalls):
    """The parts of the registry that a judge asks."""


registry = read(RegistrySettings)
monitoring = read(MonitoringSettings)
secrets = SecretReader(read(AwsSettings).endpoint)
redis_url = url_of(read(CacheSettings), secrets.text)
runs = JudgeRuns(
    JudgeService(
        JudgeRegistry(registry.address, TokenKeys.of(registry.secret, secrets), registry.roots),
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
