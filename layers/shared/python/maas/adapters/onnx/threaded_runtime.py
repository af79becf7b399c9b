"""Runs models of several calls at once, each in a thread: for a server whose event loop must not block."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from weakref import WeakValueDictionary

from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.onnx.workers.pool import Workers
from maas.adapters.onnx.workers.worker import Run, Worker
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import TimedOut
from maas.domain.inference.outputs import TOO_LONG, Wanted
from maas.domain.inference.tensors import Feed
from maas.platform.timings import phase

# Models that run at once. A process has fewer calls at once.
_THREADS = 128
# Seconds between two interruptions of a run.
_PAUSE = 0.02


class ThreadedRuntime(OnnxRuntime):
    """The ModelRuntime port. Calls of one model wait for each other, and those of other models do not.

    A call that is cancelled ends the model's process, so that the processor is free at once.
    """

    def __init__(self, workers: Workers) -> None:
        super().__init__(workers)
        # Others than those of asyncio, which check credentials: runs may keep all of them for a while.
        self._threads = ThreadPoolExecutor(_THREADS, "run")
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def blocks(self, artifact: Artifact) -> bool:  # noqa: ARG002
        return False

    async def _found(self, artifact: Artifact, feed: Feed, wanted: Sequence[Wanted], end: float) -> Run:
        """Raises TimedOut if the model's other calls take until `end`."""
        lock = self._locks.get(artifact.sha256)
        if lock is None:
            lock = self._locks[artifact.sha256] = asyncio.Lock()
        try:
            with phase("queue"):
                await asyncio.wait_for(lock.acquire(), end - time.monotonic())
        except TimeoutError:
            raise TimedOut(TOO_LONG) from None
        try:
            return await super()._found(artifact, feed, wanted, end)
        finally:
            lock.release()

    async def _run(self, worker: Worker, compute: Callable[[], Run]) -> Run:
        """Computes in a thread. If this call is cancelled, the worker's process is killed first."""
        in_context = partial(copy_context().run, compute)
        work = asyncio.get_running_loop().run_in_executor(self._threads, in_context)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            while not work.done():  # its thread may be about to begin the run
                worker.interrupt()
                await asyncio.wait({work}, timeout=_PAUSE)
            _ = work.cancelled() or work.exception()  # it has failed, because it was interrupted
            raise
