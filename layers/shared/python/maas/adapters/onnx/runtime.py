"""Runs models with ONNX Runtime, each in a process of its own (docs/decisions/0076-a-process-for-each-model.md)."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from maas.adapters.onnx.workers.failures import Failure
from maas.adapters.onnx.workers.pool import Workers
from maas.adapters.onnx.workers.worker import Crashed, Ended, Failed, Run, Worker
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import ModelCrashed, ModelResources, Rule, TimedOut, TooLarge, WrongState
from maas.domain.inference.outputs import TOO_LONG, NotComputable, Output, Wanted
from maas.domain.inference.sizes import ANSWER_MAX
from maas.domain.inference.tensors import Feed
from maas.platform.observability import logger
from maas.platform.timings import phase

_TOO_LARGE = f"the outputs have more than {ANSWER_MAX} bytes; send fewer rows, or choose `outputs`"
_LOAD_MEMORY = "loading the model needs more memory than this service has for one"
_RUN_MEMORY = (
    "calling the model with these values needs more memory than this service has; send fewer rows or other values"
)


class OnnxRuntime:
    """The ModelRuntime port.

    A run blocks the event loop: a Lambda process has no other work, and a thread would cost 0.2 ms. `is_cancelled`
    tells that the caller of the current event has gone.
    """

    def __init__(self, workers: Workers, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        self._workers, self._is_cancelled = workers, is_cancelled

    async def run(
        self, artifact: Artifact, feed: Feed, seconds: float, wanted: Sequence[Wanted]
    ) -> Mapping[str, Output]:
        """Runs a model; see ModelRuntime.run.

        Raises:
            TimedOut: `seconds` have passed.
            NotComputable: the model can't compute these values.
            ModelResources: there is not enough memory to load the model, or to compute these values.
            WrongState: the file passed validation, but this runtime can't load it.
            TooLarge: the outputs have more than ANSWER_MAX bytes.
            ModelCrashed: the model ended its process.
            Unavailable: the file can't be fetched.
        """
        end = time.monotonic() + seconds
        try:
            return (await self._found(artifact, feed, wanted, end)).outputs
        except Crashed:
            raise ModelCrashed.of() from None

    def blocks(self, artifact: Artifact) -> bool:
        """Returns whether the model is loaded, so that a run would not wait for anything but its worker."""
        return self._workers.find(artifact) is not None

    async def load(self, artifact: Artifact, seconds: float) -> None:
        """Loads a model; see ModelRuntime.load.

        Raises:
            TimedOut: `seconds` have passed. The load continues.
            ModelResources: there is not enough memory to load the model.
            WrongState: the file passed validation, but this runtime can't load it.
            ModelCrashed: the model ended its process.
            Unavailable: the file can't be fetched.
        """
        try:
            if not self._workers.find(artifact):
                await self._loaded(artifact, seconds)
        except Crashed:
            raise ModelCrashed.of() from None

    async def _found(self, artifact: Artifact, feed: Feed, wanted: Sequence[Wanted], end: float) -> Run:
        """The outputs. A worker that had ended before this call is replaced once: the call is not to blame."""
        try:
            return await self._attempt(artifact, feed, wanted, end)
        except Ended:
            return await self._attempt(artifact, feed, wanted, end)

    async def _attempt(self, artifact: Artifact, feed: Feed, wanted: Sequence[Wanted], end: float) -> Run:
        """The outputs. A worker that a load has evicted in the moment of the run is replaced."""
        while True:
            worker = self._workers.find(artifact) or await self._loaded(artifact, end - time.monotonic())
            if self._is_cancelled():  # late work never starts
                raise TimedOut(TOO_LONG)
            try:
                return await self._run(worker, partial(self._computed, worker, artifact, feed, wanted, end))
            except Crashed:
                if not worker.is_evicted:
                    raise

    async def _run(self, _worker: Worker, compute: Callable[[], Run]) -> Run:
        return compute()

    async def _loaded(self, artifact: Artifact, seconds: float) -> Worker:
        try:
            return await self._workers.load(artifact, seconds)
        except Failed as error:
            logger.error("model can't be loaded", sha256=artifact.sha256, failure=error.failure, error=error.reason)
            if error.failure is Failure.MEMORY:
                raise ModelResources.of("version", Rule.MODEL, _LOAD_MEMORY) from None
            if error.failure is Failure.LATE:
                raise TimedOut(TOO_LONG) from None
            raise WrongState.of("version", "the model can't be loaded by this runtime") from None

    def _computed(self, worker: Worker, artifact: Artifact, feed: Feed, wanted: Sequence[Wanted], end: float) -> Run:
        """The outputs. A run that gets no more memory is repeated once, with no other model in memory."""
        for is_last in (False, True):
            try:
                with phase("infer"):
                    return worker.run(feed, wanted, end, self._workers.room(worker))
            except Failed as error:
                if error.failure is not Failure.MEMORY or is_last:
                    raise _problem(error, artifact, feed) from None
            self._workers.keep_only(worker)
        raise AssertionError


def _problem(error: Failed, artifact: Artifact, feed: Feed) -> Exception:
    if error.failure is Failure.LATE:
        return TimedOut(TOO_LONG)
    if error.failure is Failure.TOO_LONG:
        return TooLarge(_TOO_LARGE)
    logger.info("model failed", sha256=artifact.sha256, failure=error.failure, error=error.reason)
    if error.failure is Failure.MEMORY:
        return ModelResources.of(feed.field, Rule.MODEL, _RUN_MEMORY)
    what = "these values" if all(values.data for values in feed.values) else "an input without values"
    return NotComputable(f"the model can't compute {what}", error.reason)
