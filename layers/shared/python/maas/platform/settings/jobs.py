"""The table and queues of jobs."""

from dataclasses import dataclass

from maas.platform.environment import env


@dataclass(frozen=True)
class JobSettings:
    """The table and queues of jobs, and the identity table, which takes the events of their ends.

    `endpoint` is the address of DynamoDB; empty means AWS itself. `open_max` is how many jobs of an organization may be
    open; 0 allows any number.
    """

    table: str = env("MAAS_JOBS_TABLE")
    queue: str = env("MAAS_JOBS_QUEUE_URL")
    low_queue: str = env("MAAS_LOW_JOBS_QUEUE_URL")
    events_table: str = env("MAAS_IDENTITY_TABLE")
    open_max: int = env("MAAS_QUOTA_OPEN_JOBS", default=0)
    endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")
