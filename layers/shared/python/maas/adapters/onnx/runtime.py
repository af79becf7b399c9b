"""Runs models with ONNX Runtime in this process."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime as ort

from maas.adapters.onnx import locales
from maas.adapters.onnx.ort_errors import ORT_ERRORS
from maas.adapters.onnx.sessions import FATAL, LOG_MAX, TOO_LONG, Sessions
from maas.adapters.onnx.watchdog import Watchdog
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import InvalidInput, Rule, TimedOut, TooLarge
from maas.domain.inference.tensors import Feed, Values
from maas.domain.tensor_rules import DTYPES
from maas.platform.observability import logger

Array = np.ndarray[Any, np.dtype[Any]]
# About 5 MB as JSON. A Lambda response has at most 6 MB, and Python's lists take ten times the tensor's memory.
OUTPUT_ELEMENTS_MAX = 250_000


class OnnxRuntime:
    """The ModelRuntime port. `read` returns an artifact's verified bytes (ArtifactCache.read)."""

    def __init__(self, read: Callable[[Artifact], bytes]) -> None:
        self._sessions = Sessions(read)
        self._watchdog = Watchdog()
        locales.provide()

    async def run(self, artifact: Artifact, feed: Feed, seconds: float) -> Mapping[str, Any]:
        """Runs a model; see ModelRuntime.run. Blocks the event loop meanwhile: a Lambda process has no other work, and
        a thread would cost 0.2 ms.

        Raises:
            TimedOut: `seconds` have passed.
            InvalidInput: the model can't compute these values.
            WrongState: the file passed validation, but this runtime can't load it.
            TooLarge: the outputs have more than OUTPUT_ELEMENTS_MAX values.
            Unavailable: the file can't be fetched.
        """
        end = time.monotonic() + seconds
        session = await self._sessions.get(artifact, seconds)
        outputs = self._outputs(session, artifact, feed, end)
        if sum(output.size for output in outputs.values()) > OUTPUT_ELEMENTS_MAX:
            raise TooLarge(f"the model gave more than {OUTPUT_ELEMENTS_MAX} values; send fewer rows")
        return {name: _finite(output).tolist() for name, output in outputs.items()}

    def _outputs(self, session: ort.InferenceSession, artifact: Artifact, feed: Feed, end: float) -> dict[str, Array]:
        options = ort.RunOptions()
        options.log_severity_level = FATAL
        names = [output.name for output in session.get_outputs()]
        try:
            with self._watchdog.watch(options, end):
                arrays = session.run(names, {values.name: _array(values) for values in feed.values}, options)
        except ORT_ERRORS as error:
            if options.terminate:
                raise TimedOut(TOO_LONG) from None
            logger.info("model failed", sha256=artifact.sha256, error=str(error)[:LOG_MAX])
            raise InvalidInput.of(feed.field, Rule.MODEL, "the model can't compute these values") from error
        return dict(zip(names, arrays, strict=True))


def _array(values: Values) -> Array:
    return np.array(values.elements, DTYPES[values.dtype].numpy).reshape(values.shape)


def _finite(output: Array) -> Array:
    """Replaces NaN and infinities, which JSON does not have, by None."""
    if output.dtype.kind != "f" or np.isfinite(output).all():
        return output
    nullable = output.astype(object)
    nullable[~np.isfinite(output)] = None
    return nullable
