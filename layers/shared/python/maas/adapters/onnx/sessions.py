"""Loaded models: sessions of ONNX Runtime that stay in memory, evicted least recently used first."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import onnxruntime as ort

from maas.adapters.onnx.ort_errors import ORT_ERRORS
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import TimedOut, WrongState
from maas.platform.observability import logger

SESSIONS_MAX = 16
SESSION_BYTES_MAX = 512 * 1024**2
FATAL = 4

LOG_MAX = 500
TOO_LONG = "the prediction took longer than its timeout"


class Sessions:
    """Sessions by artifact. `read` returns an artifact's verified bytes (ArtifactCache.read).

    The most recently used sessions stay in memory: at most SESSIONS_MAX, from files of at most SESSION_BYTES_MAX.
    """

    def __init__(self, read: Callable[[Artifact], bytes]) -> None:
        self._read = read
        self._sessions: OrderedDict[str, tuple[ort.InferenceSession, int]] = OrderedDict()
        self._loading = threading.Lock()

    async def get(self, artifact: Artifact, seconds: float) -> ort.InferenceSession:
        """The artifact's session, loaded within `seconds` if it is not in memory.

        Raises:
            TimedOut: the load takes longer. It continues, so that a later call finds the session.
            WrongState: this runtime can't load the file.
            Unavailable: the file can't be fetched.
        """
        return self._cached(artifact) or await self._load_within(artifact, seconds)

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
            raise TimedOut(TOO_LONG)
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
    options.log_severity_level = FATAL
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", "/dev/null")
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except ORT_ERRORS as error:
        logger.error("model can't be loaded", error=str(error)[:LOG_MAX])
        raise WrongState.of("version", "the model can't be loaded by this runtime") from error


def _forget(work: "asyncio.Task[Any]") -> None:
    """Retrieves the error of an abandoned load, so that asyncio does not report it as never retrieved."""
    if not work.cancelled():
        work.exception()
