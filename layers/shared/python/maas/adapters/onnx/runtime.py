"""Runs models with ONNX Runtime in this process."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np
import onnxruntime as ort

from maas.adapters.onnx import locales
from maas.adapters.onnx.array_json import Array, encoded, family
from maas.adapters.onnx.ort_errors import ORT_ERRORS, cleaned, is_memory
from maas.adapters.onnx.process_memory import ProcessMemory
from maas.adapters.onnx.sessions import FATAL, LOG_MAX, Sessions
from maas.adapters.onnx.watchdog import Watchdog
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import TimedOut, TooLarge
from maas.domain.inference.outputs import TOO_LONG, NotComputable, Output
from maas.domain.inference.sizes import ANSWER_MAX, least_answer
from maas.domain.inference.tensors import Feed, Values
from maas.domain.tensor_rules import DTYPES
from maas.platform.observability import logger

OUT_OF_MEMORY = "calling the model with these values needs more memory than this service has; send fewer rows"


class OnnxRuntime:
    """The ModelRuntime port. `path_of` returns the path of an artifact's verified file (ArtifactCache.path)."""

    def __init__(self, path_of: Callable[[Artifact], str], memory: ProcessMemory | None = None) -> None:
        self._sessions = Sessions(path_of, memory or ProcessMemory())
        self._watchdog = Watchdog()
        locales.provide()

    async def run(
        self, artifact: Artifact, feed: Feed, seconds: float, names: Sequence[str] | None = None
    ) -> Mapping[str, Output]:
        """Runs a model; see ModelRuntime.run. Blocks the event loop meanwhile: a Lambda process has no other work, and
        a thread would cost 0.2 ms.

        Raises:
            TimedOut: `seconds` have passed.
            NotComputable: the model can't compute these values.
            WrongState: the file passed validation, but this runtime can't load it.
            TooLarge: the outputs have more than ANSWER_MAX bytes of JSON, or there is not enough memory.
            Unavailable: the file can't be fetched.
        """
        end = time.monotonic() + seconds
        session = await self._sessions.get(artifact, seconds)
        arrays = self._computed(session, artifact, feed, end, names or [each.name for each in session.get_outputs()])
        if sum(least_answer(array.shape, family(array)) for array in arrays.values()) > ANSWER_MAX:
            raise _too_large()
        outputs = {name: Output(encoded(array), array.shape) for name, array in arrays.items()}
        if sum(len(output.json) for output in outputs.values()) > ANSWER_MAX:
            raise _too_large()
        return outputs

    def _computed(
        self, session: ort.InferenceSession, artifact: Artifact, feed: Feed, end: float, names: Sequence[str]
    ) -> dict[str, Array]:
        """The outputs. A run that gets no more memory is repeated once, with no other model in memory."""
        with suppress(MemoryError):
            return self._outputs(session, artifact, feed, end, names)
        self._sessions.keep_only(artifact)
        try:
            return self._outputs(session, artifact, feed, end, names)
        except MemoryError:
            logger.info("model ran out of memory", sha256=artifact.sha256)
            raise TooLarge(OUT_OF_MEMORY) from None

    def _outputs(
        self, session: ort.InferenceSession, artifact: Artifact, feed: Feed, end: float, names: Sequence[str]
    ) -> dict[str, Array]:
        options = ort.RunOptions()
        options.log_severity_level = FATAL
        try:
            with self._watchdog.watch(options, end):
                arrays = session.run(names, {values.name: _array(values) for values in feed.values}, options)
        except ORT_ERRORS as error:
            if is_memory(error):
                raise MemoryError from None
            if options.terminate:
                raise TimedOut(TOO_LONG) from None
            logger.info("model failed", sha256=artifact.sha256, error=str(error)[:LOG_MAX])
            what = "these values" if all(values.elements for values in feed.values) else "an input without values"
            raise NotComputable(f"the model can't compute {what}", cleaned(error)) from error
        return dict(zip(names, arrays, strict=True))


def _too_large() -> TooLarge:
    return TooLarge(f"the outputs have more than {ANSWER_MAX} bytes of JSON; send fewer rows, or choose `outputs`")


def _array(values: Values) -> Array:
    return np.array(values.elements, DTYPES[values.dtype].numpy).reshape(values.shape)
