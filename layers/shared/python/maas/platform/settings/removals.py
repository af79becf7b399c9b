"""The queue of removals, and their grace."""

from dataclasses import dataclass

from maas.platform.environment import env


@dataclass(frozen=True)
class RemovalQueueSettings:
    """The URL of the queue of removals."""

    url: str = env("MAAS_REMOVAL_QUEUE_URL")


@dataclass(frozen=True)
class RemovalSettings:
    """The seconds for which a file stays after the change that took its use away."""

    grace: int = env("MAAS_REMOVAL_GRACE")
