"""Predictions: resolve the version, check the values, then read the cache or run the model."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maas.domain.catalog.versions import LATEST, SERVED, Artifact, Version
from maas.domain.errors import WrongState
from maas.domain.identity.principals import Principal
from maas.domain.inference.frames import Split
from maas.domain.inference.tensors import Feed, bind, squeezed
from maas.services.cached_results import cached_outputs, store_outputs
from maas.services.ports.inference import ModelRuntime, ResultCache
from maas.services.ports.registry import VersionRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One prediction to make. Exactly one of `features`, `inputs`, `records` and `split` is set.

    `timeout` is in seconds.
    """

    model_id: str
    timeout: float
    version: str = LATEST
    features: Any = None
    inputs: Mapping[str, Any] | None = None
    records: Sequence[Any] | None = None
    split: Split | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A prediction. `rows` is the first output, one item per row; `single`: the caller sent one row, not a list.

    `class_names` has an item for each row, None if the row is not an index into the version's class names. `outputs`
    has all outputs by name. `seconds` is the duration of the call.
    """

    version: Version
    single: bool
    rows: list[Any]
    class_names: list[str | None]
    outputs: Mapping[str, Any]
    cached: bool
    seconds: float


class InferenceService:
    """The use case of predictions. Without `results` nothing is cached."""

    def __init__(self, versions: VersionRegistry, runtime: ModelRuntime, results: ResultCache | None = None) -> None:
        self._versions = versions
        self._runtime = runtime
        self._results = results

    async def predict(self, by: Principal, question: Question) -> Prediction:
        """Predicts with a published version, or returns the cached result for the same file and values.

        Raises InvalidInput (ref, features, inputs), NotFound (model_id, ref), WrongState (not published), TimedOut,
        TooLarge, Unavailable.
        """
        started = time.monotonic()
        version = await self._versions.get_version(by, question.model_id, question.version)
        artifact = _published_artifact(version)
        feed = _feed(version, artifact, question)
        key = f"{by.tenant_id}:{artifact.sha256}:{feed.digest()}"
        cache = None if version.metadata.get("nondeterministic") is True else self._results
        outputs = cached_outputs(cache, key, artifact.signature.outputs) if cache else None
        cached = outputs is not None
        if outputs is None:
            outputs = await self._runtime.run(artifact, feed, question.timeout - (time.monotonic() - started))
            if cache:
                store_outputs(cache, key, artifact.signature.outputs, outputs)
        rows = _rows(outputs[artifact.signature.outputs[0].name], feed)
        return Prediction(
            version=version,
            single=feed.single,
            rows=rows,
            class_names=[_class_name(version, row) for row in rows],
            outputs=outputs,
            cached=cached,
            seconds=time.monotonic() - started,
        )


def _feed(version: Version, artifact: Artifact, question: Question) -> Feed:
    return bind(
        artifact.signature,
        question.features,
        question.inputs,
        records=question.records,
        split=question.split,
        feature_names=version.metadata.get("feature_names"),
    )


def _published_artifact(version: Version) -> Artifact:
    if version.state not in SERVED or version.artifact is None:
        message = f"version {version.version} is {version.state}; only published versions answer"
        raise WrongState.of("version", message)
    return version.artifact


def _rows(first: Any, feed: Feed) -> list[Any]:
    if feed.single or not isinstance(first, list):
        return [squeezed(first)]
    return [squeezed(row) for row in first]


def _class_name(version: Version, prediction: Any) -> str | None:
    names = version.metadata.get("class_names")
    if not isinstance(names, list) or type(prediction) is not int or not 0 <= prediction < len(names):
        return None
    return names[prediction] if isinstance(names[prediction], str) else None
