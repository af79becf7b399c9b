"""Runs models of several calls at once, each in a thread: for a server whose event loop must not block."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar
from weakref import WeakValueDictionary

from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.onnx.workers.pool import Workers
from maas.adapters.onnx.workers.worker import Crashed, Run, Worker
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import TimedOut
from maas.domain.inference.outputs import TOO_LONG, Wanted
from maas.domain.inference.tensors import Feed
from maas.platform.timings import phase

T = TypeVar("T")


class ThreadedRuntime(OnnxRuntime):
    """The ModelRuntime port. Calls of one model wait for each other, and those of other models do not.

    A call that is cancelled ends the model's process, so that the processor is free at once.
    """

    def __init__(self, workers: Workers) -> None:
        super().__init__(workers)
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

    async def _attempt(self, artifact: Artifact, feed: Feed, wanted: Sequence[Wanted], end: float) -> Run:
        """Runs in a thread. A worker that is evicted at that moment is replaced."""
        while True:
            worker = self._workers.find(artifact) or await self._loaded(artifact, end - time.monotonic())
            try:
                return await _in_thread(worker, lambda: self._computed(worker, artifact, feed, wanted, end))  # noqa: B023
            except Crashed:
                if not worker.is_evicted:
                    raise


async def _in_thread(worker: Worker, compute: Callable[[], T]) -> T:
    """Computes in a thread. If this call is cancelled, the worker's process is killed first."""
    task = asyncio.create_task(asyncio.to_thread(compute))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        worker.interrupt()
        with suppress(Exception):  # it has failed, because it was interrupted
            await task
        raise
