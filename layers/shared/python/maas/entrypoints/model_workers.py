"""The workers that hold models, made from settings, for every process that predicts."""

from maas.adapters.artifact_cache import ArtifactCache
from maas.adapters.aws.artifact_download import ArtifactDownload
from maas.adapters.onnx.workers.forks import Forks
from maas.adapters.onnx.workers.pool import Workers
from maas.domain.model_memory import usable
from maas.platform.environment import read
from maas.platform.settings.objects import ObjectSettings


def model_workers(memory: int) -> Workers:
    """Workers that are not started yet. `memory` is what the process and its models may have, in MB; 0 is any."""
    objects = read(ObjectSettings)
    path_of = ArtifactCache(ArtifactDownload(objects.bucket, objects.endpoint)).path
    return Workers(Forks(), path_of, usable(memory))
