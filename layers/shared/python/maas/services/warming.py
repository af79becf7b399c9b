"""Warm-up: loads a version in the process that answers, and runs the sample requests of its metadata."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maas.domain.catalog.versions import Version
from maas.domain.errors import MaasError, TimedOut
from maas.domain.identity.principals import Principal, Scope
from maas.domain.inference.outputs import TOO_LONG
from maas.services.inference import InferenceService
from maas.services.ports.inference import ModelRuntime
from maas.services.ports.versions import VersionReader
from maas.services.published import published_artifact
from maas.services.questions import Question

# The member of a version's metadata that has sample requests, and how many of them are run.
SAMPLES, SAMPLES_MAX = "warm_up", 10
_VALUES = frozenset({"features", "inputs", "records"})


@dataclass(frozen=True, slots=True)
class Warmed:
    """A loaded version. `refused` has the reason of each sample that could not be run, by its place in the metadata."""

    version: Version
    samples: int
    refused: Mapping[int, str]
    seconds: float


class WarmingService:
    def __init__(self, versions: VersionReader, runtime: ModelRuntime, predictions: InferenceService) -> None:
        self._versions = versions
        self._runtime = runtime
        self._predictions = predictions

    async def warm(self, by: Principal, model_id: str, ref: str, seconds: float) -> Warmed:
        """Loads a published version within `seconds`, and runs its samples. A sample that fails ends nothing.

        Raises NotFound (model_id, ref), WrongState (not published), NotServed, TimedOut, ModelResources, ModelCrashed,
        Unavailable.
        """
        started = time.monotonic()
        version = await self._versions.get_version(by, model_id, ref, Scope.INFERENCE_INVOKE)
        await self._runtime.load(published_artifact(version), started + seconds - time.monotonic())
        samples, refused = _samples(version), {}
        for place, sample in enumerate(samples):
            try:
                question = _question(version, sample, started + seconds - time.monotonic())
                await self._predictions.predict(by, question)
            except MaasError as error:
                refused[place] = error.message
        return Warmed(version, len(samples), refused, time.monotonic() - started)


def _samples(version: Version) -> list[Any]:
    found = version.metadata.get(SAMPLES)
    return found[:SAMPLES_MAX] if isinstance(found, list) else []


def _question(version: Version, sample: Any, seconds: float) -> Question:
    """The prediction that a sample asks for. A sample is a body of `predict` with values alone, given in one way."""
    if seconds <= 0:
        raise TimedOut(TOO_LONG)
    given = {"records" if name == "dataframe_records" else name: each for name, each in _mapping(sample).items()}
    if len(given) != 1 or not given.keys() <= _VALUES:
        raise MaasError("it is not an object with one of features, inputs and dataframe_records")
    return Question(model_id=version.model_id, version=version.version, timeout=seconds, fresh=True, **given)


def _mapping(sample: Any) -> Mapping[str, Any]:
    return sample if isinstance(sample, dict) else {}
