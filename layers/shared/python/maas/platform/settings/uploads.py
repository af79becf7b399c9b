"""Limits of uploads, and the queue to the validator."""

from dataclasses import dataclass

from maas.platform.environment import env


@dataclass(frozen=True)
class MemorySettings:
    """The memory of the functions that hold models, in MB; the largest file follows from it."""

    inference: int = env("MAAS_INFERENCE_MEMORY")
    validator: int = env("MAAS_VALIDATOR_MEMORY")


@dataclass(frozen=True)
class UploadSettings:
    """The maximum sizes in bytes, as the operator sets them: of a file, and of all files of a version together.

    The functions' memory may allow less for a file that is served.
    """

    max_bytes: int = env("MAAS_MAX_UPLOAD_BYTES")
    max_set_bytes: int = env("MAAS_MAX_SET_BYTES")


@dataclass(frozen=True)
class QueueSettings:
    """The URL of the queue of finished uploads."""

    url: str = env("MAAS_VALIDATION_QUEUE_URL")
