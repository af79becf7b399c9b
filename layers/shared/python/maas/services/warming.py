"""Warm-up: loads a version in the process that answers, and runs the sample requests of its metadata."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from maas.domain.catalog.version_settings import SAMPLES_MAX, WARM_UP
from maas.domain.catalog.versions import Version
from maas.domain.errors import MaasError, TimedOut
from maas.domain.identity.principals import Principal, Scope
from maas.domain.inference.outputs import TOO_LONG
from maas.services.inference import InferenceService
from maas.services.ports.inference import ModelRuntime
from maas.services.ports.versions import VersionReader
from maas.services.published import published_artifact
from maas.services.questions import Question
from maas.services.time_limits import until

_TOO_MANY = f"at most {SAMPLES_MAX} samples are run, so this one and those behind it are not"
_NO_LIST = f"{WARM_UP} is not a list of samples"

# Makes the question that a sample asks for, of a version and within so many seconds. Raises InvalidInput.
Questions = Callable[[Version, Any, float], Question]


@dataclass(frozen=True, slots=True)
class Warmed:
    """A loaded version. `refused` has the reason of each sample that could not be run, by its place in the metadata."""

    version: Version
    samples: int
    refused: Mapping[int, str]
    seconds: float


class WarmingService:
    def __init__(
        self, versions: VersionReader, runtime: ModelRuntime, predictions: InferenceService, questions: Questions
    ) -> None:
        self._versions = versions
        self._runtime = runtime
        self._predictions = predictions
        self._questions = questions

    async def warm(self, by: Principal, model_id: str, ref: str, seconds: float) -> Warmed:
        """Loads a published version within `seconds`, and runs its samples. A sample that fails ends nothing.

        Raises NotFound (model_id, ref), WrongState (not published), NotServed, TimedOut, ModelResources, ModelCrashed,
        Unavailable.
        """
        started = time.monotonic()
        end = started + seconds
        with until(end):
            version = await self._versions.get_version(by, model_id, ref, Scope.INFERENCE_INVOKE)
        await self._runtime.load(published_artifact(version), end - time.monotonic())
        samples, refused = _samples(version)
        for place, sample in enumerate(samples):
            try:
                left = end - time.monotonic()
                if left <= 0:
                    raise TimedOut(TOO_LONG)
                await self._predictions.predict(by, self._questions(version, sample, left))
            except MaasError as error:
                refused[place] = error.message
        return Warmed(version, len(samples), dict(sorted(refused.items())), time.monotonic() - started)


def _samples(version: Version) -> tuple[list[Any], dict[int, str]]:
    """The samples to run, and what is wrong with the others."""
    found = version.metadata.get(WARM_UP, [])
    if not isinstance(found, list):
        return [], {0: _NO_LIST}
    return found[:SAMPLES_MAX], {SAMPLES_MAX: _TOO_MANY} if len(found) > SAMPLES_MAX else {}
