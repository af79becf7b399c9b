"""What functions that hold models may take, and what they keep of predictions."""

from dataclasses import dataclass

from maas.platform.environment import SettingsError, env


@dataclass(frozen=True)
class FunctionSettings:
    """The function's memory in MB, which Lambda sets; 0 outside of Lambda."""

    memory: int = env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", default=0)


@dataclass(frozen=True)
class ConcurrencySettings:
    """Predictions of an organization, of a model and of a version that may run at once; 0 allows all."""

    organization: int = env("MAAS_CONCURRENT_PER_ORGANIZATION")
    model: int = env("MAAS_CONCURRENT_PER_MODEL")
    version: int = env("MAAS_CONCURRENT_PER_VERSION")


@dataclass(frozen=True)
class ShadowSettings:
    """The URL of the queue of shadows of calls."""

    queue: str = env("MAAS_SHADOW_QUEUE_URL")


@dataclass(frozen=True)
class SamplingSettings:
    """How many of a hundred predictions are measured."""

    percent: int = env("MAAS_MONITORING_PERCENT")

    def __post_init__(self) -> None:
        """Raises SettingsError if it is not 0 to 100."""
        if not 0 <= self.percent <= 100:
            raise SettingsError("MAAS_MONITORING_PERCENT must be 0 to 100")


@dataclass(frozen=True)
class FeedbackSettings:
    """Predictions that one process keeps each second, so that feedback can be joined; with 0 none are."""

    kept: int = env("MAAS_KEPT_PREDICTIONS")
