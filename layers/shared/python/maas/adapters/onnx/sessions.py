"""Loaded models: sessions of ONNX Runtime that stay in memory, evicted least recently used first."""

import asyncio
import gc
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import onnxruntime as ort

from maas.adapters.onnx.ort_errors import ORT_ERRORS, is_memory
from maas.adapters.onnx.process_memory import ProcessMemory
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import TimedOut, TooLarge, WrongState
from maas.domain.inference.outputs import TOO_LONG
from maas.domain.model_memory import LOADED_PERCENT
from maas.platform.observability import logger

SESSIONS_MAX = 16
FATAL = 4

LOG_MAX = 500
OUT_OF_MEMORY = "loading the model needs more memory than this service has for one"


class Sessions:
    """Sessions by artifact. `path_of` returns the path of an artifact's verified file (ArtifactCache.path).

    At most SESSIONS_MAX stay in memory, as far as `memory` allows. Room for the next one is made before it is loaded.
    """

    def __init__(self, path_of: Callable[[Artifact], str], memory: ProcessMemory) -> None:
        self._path_of = path_of
        self._memory = memory
        self._sessions: OrderedDict[str, ort.InferenceSession] = OrderedDict()
        self._loading = threading.Lock()

    async def get(self, artifact: Artifact, seconds: float) -> ort.InferenceSession:
        """The artifact's session, loaded within `seconds` if it is not in memory.

        Raises:
            TimedOut: the load takes longer. It continues, so that a later call finds the session.
            WrongState: this runtime can't load the file.
            TooLarge: the file needs more memory than there is.
            Unavailable: the file can't be fetched.
        """
        return self._cached(artifact) or await self._load_within(artifact, seconds)

    def keep_only(self, artifact: Artifact) -> None:
        """Evicts all other sessions and gives their memory back."""
        for sha256 in [*self._sessions]:
            if sha256 != artifact.sha256:
                self._sessions.pop(sha256, None)
        self._release()
        self._memory.guard(fragmented=True)

    def _cached(self, artifact: Artifact) -> ort.InferenceSession | None:
        found = self._sessions.get(artifact.sha256)
        with suppress(KeyError):  # a load that outlived its call may evict it meanwhile
            self._sessions.move_to_end(artifact.sha256)
        return found

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
            found = self._sessions.get(artifact.sha256)
            if found is None:
                path = self._path_of(artifact)
                self._make_room(artifact.size * LOADED_PERCENT // 100)
                self._memory.guard()
                found = self._sessions[artifact.sha256] = self._loaded(path, artifact)
                self._memory.release()
            return found

    def _loaded(self, path: str, artifact: Artifact) -> ort.InferenceSession:
        """A new session. A model that needs more than its size tells gets all the memory at its second try."""
        with suppress(MemoryError):
            return _session(path)
        self.keep_only(artifact)
        try:
            return _session(path)
        except MemoryError:
            logger.error("model needs too much memory", sha256=artifact.sha256, size=artifact.size)
            raise TooLarge(OUT_OF_MEMORY) from None

    def _make_room(self, size: int) -> None:
        """Evicts sessions until another one of `size` bytes has room."""
        while self._sessions and (len(self._sessions) >= SESSIONS_MAX or not self._memory.fits(size)):
            self._sessions.popitem(last=False)
            self._release()

    def _release(self) -> None:
        gc.collect()
        self._memory.release()


def _session(path: str) -> ort.InferenceSession:
    """Makes a session from a file, which needs a third less memory than bytes do.

    ONNX Runtime reads "external data" from the file's folder only; ArtifactCache keeps no other file there.
    Raises MemoryError, WrongState.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # a Lambda of 2 GB has 1.2 processors
    options.log_severity_level = FATAL
    options.enable_cpu_mem_arena = False  # an arena keeps the memory of the largest run
    try:
        return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except ORT_ERRORS as error:
        if is_memory(error):
            raise MemoryError from None
        logger.error("model can't be loaded", error=str(error)[:LOG_MAX])
        raise WrongState.of("version", "the model can't be loaded by this runtime") from error


def _forget(work: "asyncio.Task[Any]") -> None:
    """Retrieves the error of an abandoned load, so that asyncio does not report it as never retrieved."""
    if not work.cancelled():
        work.exception()
