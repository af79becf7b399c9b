"""Runs models with ONNX Runtime in this process."""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime as ort

from maas.adapters.onnx.ort_errors import ORT_ERRORS
from maas.adapters.onnx.watchdog import Watchdog
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import InvalidInput, Rule, TimedOut, TooLarge, WrongState
from maas.domain.inference.tensors import Feed, Values
from maas.domain.tensor_rules import DTYPES
from maas.platform.observability import logger

Array = np.ndarray[Any, np.dtype[Any]]
# About 5 MB as JSON. A Lambda response has at most 6 MB, and Python's lists take ten times the tensor's memory.
OUTPUT_ELEMENTS_MAX = 250_000
SESSIONS_MAX = 16
SESSION_BYTES_MAX = 512 * 1024**2
_FATAL = 4

_LOG_MAX = 500
_TOO_LONG = "the prediction took longer than its timeout"


class OnnxRuntime:
    """The ModelRuntime port. `read` returns an artifact's verified bytes (ArtifactCache.read).

    The most recently used sessions stay in memory: at most SESSIONS_MAX, from files of at most SESSION_BYTES_MAX.
    """

    def __init__(self, read: Callable[[Artifact], bytes]) -> None:
        self._read = read
        self._sessions: OrderedDict[str, tuple[ort.InferenceSession, int]] = OrderedDict()
        self._loading = threading.Lock()
        self._watchdog = Watchdog()

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
        session = self._cached(artifact) or await self._load_within(artifact, seconds)
        outputs = self._outputs(session, artifact, feed, end)
        if sum(output.size for output in outputs.values()) > OUTPUT_ELEMENTS_MAX:
            raise TooLarge(f"the model gave more than {OUTPUT_ELEMENTS_MAX} values; send fewer rows")
        return {name: _finite(output).tolist() for name, output in outputs.items()}

    def _outputs(self, session: ort.InferenceSession, artifact: Artifact, feed: Feed, end: float) -> dict[str, Array]:
        options = ort.RunOptions()
        options.log_severity_level = _FATAL
        names = [output.name for output in session.get_outputs()]
        try:
            with self._watchdog.watch(options, end):
                arrays = session.run(names, {values.name: _array(values) for values in feed.values}, options)
        except ORT_ERRORS as error:
            if options.terminate:
                raise TimedOut(_TOO_LONG) from None
            logger.info("model failed", sha256=artifact.sha256, error=str(error)[:_LOG_MAX])
            raise InvalidInput.of(feed.field, Rule.MODEL, "the model can't compute these values") from error
        return dict(zip(names, arrays, strict=True))

    def _cached(self, artifact: Artifact) -> ort.InferenceSession | None:
        if artifact.sha256 not in self._sessions:
            return None
        self._sessions.move_to_end(artifact.sha256)
        return self._sessions[artifact.sha256][0]

    async def _load_within(self, artifact: Artifact, seconds: float) -> ort.InferenceSession:
        """Loads in a thread that continues past the time limit, so that a later call finds the session loaded."""
        work = asyncio.create_task(asyncio.to_thread(self._load, artifact))
        done, _ = await asyncio.wait({work}, timeout=max(seconds, 0))
        if not done:
            work.add_done_callback(_forget)
            raise TimedOut(_TOO_LONG)
        return work.result()

    def _load(self, artifact: Artifact) -> ort.InferenceSession:
        """Loads one model at a time; a call for a model that is being loaded waits for it."""
        with self._loading:
            if artifact.sha256 not in self._sessions:
                self._sessions[artifact.sha256] = (_session(self._read(artifact)), artifact.size)
                while len(self._sessions) > 1 and self._over_capacity():
                    self._sessions.popitem(last=False)
            return self._sessions[artifact.sha256][0]

    def _over_capacity(self) -> bool:
        return (
            len(self._sessions) > SESSIONS_MAX or sum(size for _, size in self._sessions.values()) > SESSION_BYTES_MAX
        )


def _session(content: bytes) -> ort.InferenceSession:
    """Makes a session from bytes only.

    ONNX Runtime would still read "external data" relative to the working directory; a folder that can't exist
    prevents it.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # a Lambda of 2 GB has 1.2 processors
    options.log_severity_level = _FATAL
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", "/dev/null")
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except ORT_ERRORS as error:
        logger.error("model can't be loaded", error=str(error)[:_LOG_MAX])
        raise WrongState.of("version", "the model can't be loaded by this runtime") from error


def _array(values: Values) -> Array:
    return np.array(values.elements, DTYPES[values.dtype].numpy).reshape(values.shape)


def _finite(output: Array) -> Array:
    """Replaces NaN and infinities, which JSON does not have, by None."""
    if output.dtype.kind != "f" or np.isfinite(output).all():
        return output
    nullable = output.astype(object)
    nullable[~np.isfinite(output)] = None
    return nullable


def _forget(work: "asyncio.Task[Any]") -> None:
    """Retrieves the error of an abandoned load, so that asyncio does not report it as never retrieved."""
    if not work.cancelled():
        work.exception()
