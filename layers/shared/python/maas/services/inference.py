"""Predictions: resolve the version, check the values, then read the cache or run the model."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from maas.domain.capturing.captures import Capture
from maas.domain.catalog.routed import Routed
from maas.domain.catalog.version_settings import CLASS_NAMES, NONDETERMINISTIC
from maas.domain.catalog.versions import Artifact, Tensor, Version
from maas.domain.errors import InvalidInput, Rule, TimedOut
from maas.domain.identity.principals import Principal, Scope
from maas.domain.ids import new_id
from maas.domain.inference.batching import batching_of
from maas.domain.inference.concurrency import ConcurrencyLimits
from maas.domain.inference.crashes import Crashes
from maas.domain.inference.local_leases import LocalLeases
from maas.domain.inference.outputs import TOO_LONG, Form, NotComputable, Output, Wanted, rows_of, whole
from maas.domain.inference.results import CacheControl
from maas.domain.inference.tables import check_rows
from maas.domain.inference.tensors import Feed, squeezed
from maas.domain.monitoring.predictions import Predicted, PredictionWatcher
from maas.domain.rollouts.rollouts import RolloutState
from maas.domain.rollouts.routing import Assignment, Side, assigned
from maas.domain.rollouts.sticky import check_query
from maas.platform.timings import current
from maas.services.batches import Batches
from maas.services.concurrency import CallSlots
from maas.services.kept_results import KeptResults, Result
from maas.services.ports.inference import ModelRuntime
from maas.services.ports.routed_versions import RoutedVersionReader
from maas.services.preloads import Preloads
from maas.services.published import published_artifact
from maas.services.questions import Inferred, Prediction, Question, TensorQuestion
from maas.services.terms import taken, terms_of, terms_of_tensors
from maas.services.time_limits import until


@dataclass(frozen=True, slots=True)
class _Routed:
    """The version that answers a call, its side under a rollout, and what is stored of it.

    `live` is set if it is the candidate of a rollout: the version that it is to follow.
    """

    version: Version
    rollout: Assignment | None
    capture: Capture | None
    live: Version | None = None


class InferenceService:
    """The use case of predictions.

    Without `results` they are kept in this process alone. Without `slots` any number of calls runs at once. `batches`
    runs calls of `runtime` in batches. `watchers` get the predictions that an organization makes with its own models,
    warm-ups left out.
    """

    def __init__(
        self,
        versions: RoutedVersionReader,
        runtime: ModelRuntime,
        results: KeptResults | None = None,
        slots: CallSlots | None = None,
        batches: Batches | None = None,
        watchers: Sequence[PredictionWatcher] = (),
    ) -> None:
        self._versions = versions
        self._runtime = runtime
        self._batches = batches
        self._watchers = watchers
        self._preloads = Preloads(versions, runtime)
        self._slots = slots or CallSlots(ConcurrencyLimits(), LocalLeases())
        self._results = results or KeptResults(None)
        self._crashes = Crashes()

    async def predict(self, by: Principal, question: Question, *, as_table: bool = False) -> Prediction:
        """Predicts with a published version, or returns the cached result for the same file and values.

        With `as_table`, every output must have an item for each row.

        Raises InvalidInput (ref, features, inputs), NotFound (model_id, ref), WrongState (not published), NotServed,
        Exhausted (too many calls at once), TimedOut, TooLarge, ModelResources, ModelCrashed, ModelPaused,
        Unavailable.
        """
        started = time.monotonic()
        found, feed = await self._asked(by, question, Form.NESTED)
        artifact, first = published_artifact(found.version), found.wanted[0]
        if as_table:
            check_rows(artifact.signature, feed, found.outputs)
        output = found.outputs[first.name]
        rows = _rows(artifact, feed, first.tensor, output)
        single = rows is None or feed.single
        if rows is None:
            rows = [whole(output)]
        return Prediction(
            id=found.id,
            version=found.version,
            rollout=found.rollout,
            single=single,
            rows=rows,
            class_names=[_class_name(found.version, row) for row in rows],
            outputs=found.outputs,
            age=found.age,
            seconds=time.monotonic() - started,
        )

    async def columns(self, by: Principal, question: Question) -> Inferred:
        """Predicts as `predict` does for a table. All outputs have the form RAW."""
        found, feed = await self._asked(by, question, Form.RAW)
        check_rows(published_artifact(found.version).signature, feed, found.outputs)
        return found

    async def infer(self, by: Principal, question: TensorQuestion) -> Inferred:
        """Predicts as `predict` does, from tensors and in the forms of the question.

        Raises InvalidInput (ref, inputs, outputs) and the others of `predict`.
        """
        end = time.monotonic() + question.timeout
        routed = await self._routed(end, by, question)
        feed, wanted = taken(routed.version, routed.live, partial(terms_of_tensors, question))
        return await self._inferred(by, routed, feed, wanted, end, question.control)

    async def _asked(self, by: Principal, question: Question, form: Form) -> tuple[Inferred, Feed]:
        """The outputs that a question asks for, and its values."""
        end = time.monotonic() + question.timeout
        routed = await self._routed(end, by, question)
        feed, wanted = taken(routed.version, routed.live, partial(terms_of, question, form))
        return await self._inferred(by, routed, feed, wanted, end, question.control), feed

    async def _routed(self, end: float, by: Principal, question: Question | TensorQuestion) -> _Routed:
        """The version that answers a question, and its side if a rollout moves the alias that was asked for.

        Raises TimedOut if that takes until `end`.
        """
        with until(end):
            found = await self._versions.routed_version(by, question.model_id, question.version)
            check_query(question.keys, found.rollout.sticky_by if found.rollout else None)
            if found.rollout is None or not found.rollout.routes:
                self._prepare(by, found)
                return _Routed(found.version, None, found.capture)
            side = assigned(found.rollout, by.subject, question.keys)
            version, live = found.version, None
            if side.side is Side.CANDIDATE:
                right, live = Scope.INFERENCE_INVOKE, version
                version = await self._versions.get_version(by, version.model_id, found.rollout.candidate, right)
        if call := current():
            call.rollout_id, call.side, call.shadows = side.rollout_id, side.side, side.shadow is not None
        return _Routed(version, side, found.capture, live)

    def _prepare(self, by: Principal, found: Routed) -> None:
        if found.rollout and found.rollout.state is RolloutState.PREPARING:
            self._preloads.begin(by, found.version.model_id, found.rollout)

    async def _inferred(
        self,
        by: Principal,
        routed: _Routed,
        feed: Feed,
        wanted: Sequence[Wanted],
        end: float,
        control: CacheControl,
    ) -> Inferred:
        version, rollout = routed.version, routed.rollout
        found = await self._result(by, version, feed, wanted, end, control)
        self._crashes.answered(by.tenant_id, published_artifact(version).storage_key)
        call = current()
        if call:
            call.hit = found.cached
        age = found.age if found.cached else None
        made = Inferred(id=new_id(), version=version, rollout=rollout, wanted=wanted, outputs=found.outputs, age=age)
        is_watched = by.tenant_id == version.tenant_id and (call is None or call.is_prediction)
        if self._watchers and is_watched:
            self._show(by, feed, made, routed.capture)
        return made

    def _show(self, by: Principal, feed: Feed, made: Inferred, capture: Capture | None) -> None:
        predicted = Predicted(
            prediction_id=made.id,
            by=by,
            version=made.version,
            feed=feed,
            wanted=made.wanted,
            outputs=made.outputs,
            rollout=made.rollout,
            at=time.time(),
            capture=capture,
        )
        for watcher in self._watchers:
            watcher.predicted(predicted)

    async def served(self, by: Principal, model_id: str, ref: str) -> tuple[Version, Artifact]:
        """The version that a reference stands for, and its file, which predictions run.

        Raises InvalidInput (ref), NotFound (model_id, ref), WrongState (not published), NotServed, Unavailable.
        """
        version = await self._versions.get_version(by, model_id, ref, Scope.INFERENCE_INVOKE)
        return version, published_artifact(version)

    async def check_ready(self, by: Principal, model_id: str, ref: str) -> None:
        """Checks that the caller's predictions with a reference are not refused, as far as this process knows.

        Raises what `served` raises, and ModelPaused.
        """
        _, artifact = await self.served(by, model_id, ref)
        self._crashes.check(by.tenant_id, artifact.storage_key)

    async def _run(
        self, version: Version, artifact: Artifact, feed: Feed, seconds: float, wanted: Sequence[Wanted]
    ) -> Mapping[str, Output]:
        if self._batches is None:
            return await self._runtime.run(artifact, feed, seconds, wanted)
        return await self._batches.run(artifact, feed, seconds, wanted, batching_of(version.metadata))

    async def _result(
        self,
        by: Principal,
        version: Version,
        feed: Feed,
        wanted: Sequence[Wanted],
        end: float,
        control: CacheControl,
    ) -> Result:
        artifact = published_artifact(version)

        async def compute() -> Mapping[str, Output]:
            try:
                with self._crashes.counted(by.tenant_id, artifact.storage_key):
                    async with self._slots.taken(by, version, end):
                        return await self._run(version, artifact, feed, end - time.monotonic(), wanted)
            except NotComputable as error:
                message = error.explained(to_owner=by.tenant_id == version.tenant_id)
                raise InvalidInput.of(feed.field, Rule.MODEL, message) from error

        # Without a key nothing is kept, so the values need not be hashed.
        key, sha256 = "", artifact.sha256
        is_kept = not control.no_store and version.metadata.get(NONDETERMINISTIC) is not True
        if is_kept and self._results.pays(sha256, feed.size):
            key = _key(by, artifact, feed, wanted)
        found = self._results.find(sha256, key, wanted) if key and control.max_age else None
        left = end - time.monotonic()
        if left <= 0:
            raise TimedOut(TOO_LONG)
        if found and found.age <= control.max_age:
            return found
        if not key:
            return await self._results.alone(sha256, compute)
        if self._batches is None and not self._slots.are_taken(version) and self._runtime.blocks(artifact):
            return await self._results.unshared(sha256, key, wanted, compute)
        return await self._results.computed(sha256, key, wanted, compute, left)


def _key(by: Principal, artifact: Artifact, feed: Feed, wanted: Sequence[Wanted]) -> str:
    """The key of a result. Callers of other organizations have results of their own."""
    outputs = _digest(tuple([(each.name, each.form.value) for each in wanted]))
    return f"{by.tenant_id}:{artifact.sha256}:{feed.digest()}:{outputs}"


@lru_cache(maxsize=256)
def _digest(outputs: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(repr([*outputs]).encode()).hexdigest()


def _rows(artifact: Artifact, feed: Feed, tensor: Tensor, output: Output) -> list[Any] | None:
    """One item per row; None if the output is not by row."""
    if feed.single:
        return [squeezed(whole(output))]
    rows = rows_of(artifact.signature, feed, tensor, output)
    return None if rows is None else [squeezed(row) for row in rows]


def _class_name(version: Version, prediction: Any) -> str | None:
    names = version.metadata.get(CLASS_NAMES)
    if not isinstance(names, list) or type(prediction) is not int or not 0 <= prediction < len(names):
        return None
    return names[prediction] if isinstance(names[prediction], str) else None
