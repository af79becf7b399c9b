"""Workers of loaded models, at most WORKERS_MAX, ended least recently used first."""

import asyncio
import os
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from maas.adapters.onnx.process_memory import ResidentMemory
from maas.adapters.onnx.workers.failures import Failure
from maas.adapters.onnx.workers.forks import Forks
from maas.adapters.onnx.workers.load_turns import LoadTurns
from maas.adapters.onnx.workers.patience import LOAD_MAX, Patience
from maas.adapters.onnx.workers.worker import Failed, Worker
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import TimedOut
from maas.domain.inference.outputs import TOO_LONG
from maas.domain.model_memory import LOADED_PERCENT, MIB
from maas.platform.timings import current, phase

WORKERS_MAX = 16
# Bytes that a process takes beside what it counts as its own.
_OVERHEAD = 8 * MIB
# Seconds. This process grows by its requests and answers, of which it has one at a time.
_OWN_AGE = 0.1
# Loads that wait for each other. A process has fewer calls at once.
_THREADS = 128
# Bytes. Less would be of no use to a model.
_LEAST = 16 * MIB


@dataclass(slots=True)
class _LoadUnderWay:
    """`patience` has the seconds that it may take once no call waits for it."""

    sha256: str
    worker: Worker
    patience: float
    began: float = field(default_factory=time.monotonic)
    is_interrupted: bool = False


class Workers:
    """Workers by artifact. `path_of` returns the path of an artifact's verified file (ArtifactCache.path).

    This process, the one that workers are forks of, and all workers have at most `limit` bytes together; 0 means any
    amount. Room for the next model is made before it is loaded.
    """

    def __init__(self, forks: Forks, path_of: Callable[[Artifact], str], limit: int = 0) -> None:
        self._forks = forks
        self._path_of = path_of
        self._limit = limit
        self._workers: OrderedDict[str, Worker] = OrderedDict()
        self._turns, self._patience = LoadTurns(), Patience()
        self._load_under_way: _LoadUnderWay | None = None
        self._wanted = Counter[str]()
        # Loads wait here for each other, and keep no thread from other work.
        self._threads = ThreadPoolExecutor(_THREADS, "load")
        self._own = ResidentMemory(os.getpid(), _OWN_AGE)

    def start(self) -> None:
        """Starts the process that workers are forks of, and does not wait for it."""
        self._forks.start()

    def close(self) -> None:
        """Ends all workers."""
        if load := self._load_under_way:
            load.worker.interrupt()
        for sha256 in [*self._workers]:
            self._end(sha256)

    def interrupt(self) -> None:
        """Ends what workers do for another thread; see Worker.interrupt."""
        for worker in [*self._workers.values()]:
            worker.interrupt()

    def find(self, artifact: Artifact) -> Worker | None:
        """The worker that has the artifact loaded, if there is one."""
        found = self._workers.get(artifact.sha256)
        if found is None or found.has_ended:
            return None
        try:
            self._workers.move_to_end(artifact.sha256)
        except KeyError:  # a load that outlived its call has evicted it meanwhile
            return None
        return found

    async def load(self, artifact: Artifact, seconds: float) -> Worker:
        """A worker with the artifact loaded. The load continues past `seconds`, so that a later call finds it loaded.

        Then it gives way to the load of another model, after its patience.

        Raises:
            TimedOut: the load takes longer.
            Failed, Crashed: the file can't be loaded.
            Unavailable: the file can't be fetched, or there is no process.
        """
        load = partial(copy_context().run, self._load, artifact)
        self._wanted[artifact.sha256] += 1
        try:
            work = asyncio.get_running_loop().run_in_executor(self._threads, load)
            done, _ = await asyncio.wait({work}, timeout=max(seconds, 0))
        finally:
            self._wanted[artifact.sha256] -= 1
            if not self._wanted[artifact.sha256]:
                del self._wanted[artifact.sha256]
        if not done:
            work.add_done_callback(_forget)
            raise TimedOut(TOO_LONG)
        return work.result()

    def room(self, worker: Worker | None = None) -> int:
        """The bytes that `worker`, or another one, may have beside the others; 0 for any amount."""
        return max(_LEAST, self._free(worker) // MIB * MIB) if self._limit else 0

    def keep_only(self, worker: Worker) -> None:
        """Ends all other workers that have nothing to do."""
        for sha256, each in [*self._workers.items()]:
            if each is not worker:
                self._end(sha256)

    def _load(self, artifact: Artifact) -> Worker:
        """Loads one model at a time; a call for a model that is being loaded waits for it."""
        with phase("queue"):
            found = self._turns.take(_tenant(), partial(self._look, artifact))
        if found:
            return found
        try:
            found = self._look(artifact)
            if found is None:
                path = self._path_of(artifact)
                with phase("load"):
                    self._make_room(artifact.size * LOADED_PERCENT // 100)
                    found = self._workers[artifact.sha256] = self._loaded(artifact, path)
            return found
        finally:
            self._load_under_way = None
            self._turns.give_back()

    def _look(self, artifact: Artifact) -> Worker | None:
        """The worker, if the model has been loaded meanwhile.

        A load that waits ends the one under way if that has had its time. Raises TimedOut if no call waits any more.
        """
        self._check_wanted(artifact)
        self._end_unwanted(artifact)
        return self.find(artifact)

    def _check_wanted(self, artifact: Artifact) -> None:
        """Raises TimedOut if no call waits for the model any more: late work never starts."""
        if not self._wanted[artifact.sha256]:
            raise TimedOut(TOO_LONG)

    def _end_unwanted(self, other: Artifact) -> None:
        """Ends the load under way if it has had its time, is of another model, and no call waits for it."""
        load = self._load_under_way
        if (
            load
            and load.sha256 != other.sha256
            and not self._wanted[load.sha256]
            and time.monotonic() - load.began > load.patience
        ):
            load.is_interrupted = True
            load.worker.interrupt()

    def _loaded(self, artifact: Artifact, path: str) -> Worker:
        """A new worker. A model that needs more than its size tells gets all the memory at its second try."""
        try:
            return self._attempt(artifact, path)
        except Failed as error:
            if error.failure is not Failure.MEMORY or not self._workers:
                raise
        for sha256 in [*self._workers]:
            self._end(sha256)
        return self._attempt(artifact, path)

    def _attempt(self, artifact: Artifact, path: str) -> Worker:
        worker, patience = Worker(self._forks), self._patience.seconds(artifact.sha256, _tenant())
        load = self._load_under_way = _LoadUnderWay(artifact.sha256, worker, patience)
        try:
            worker.load(path, self.room(), LOAD_MAX)
        except Failed:
            worker.end()
            raise
        finally:
            self._note(load)
        return worker

    def _note(self, load: _LoadUnderWay) -> None:
        seconds = time.monotonic() - load.began
        if load.is_interrupted:
            self._patience.interrupted(load.sha256, _tenant(), load.patience, seconds)
        else:
            self._patience.ended(load.sha256, _tenant(), seconds)

    def _free(self, worker: Worker | None = None) -> int:
        """The bytes that are left of the limit for `worker`, or another one, beside the others."""
        others = [each for each in [*self._workers.values()] if each is not worker and not each.has_ended]
        taken = sum(each.memory + _OVERHEAD for each in others) + self._own.bytes() + self._forks.resident
        return self._limit - taken - _OVERHEAD

    def _make_room(self, size: int) -> None:
        """Ends workers until another one of `size` bytes has room."""
        for sha256 in [*self._workers]:
            if len(self._workers) < WORKERS_MAX and (not self._limit or max(size, _LEAST) <= self._free()):
                return
            self._end(sha256)

    def _end(self, sha256: str) -> None:
        worker = self._workers.get(sha256)
        if worker and not worker.is_busy:
            worker.is_evicted = True
            self._workers.pop(sha256, None)
            if not worker.has_ended:
                worker.end()


def _tenant() -> str:
    """The organization whose call a thread loads a model for."""
    call = current()
    return call.tenant_id if call else ""


def _forget(work: "asyncio.Future[Any]") -> None:
    """Retrieves the error of an abandoned load, so that asyncio does not report it as never retrieved."""
    if not work.cancelled():
        work.exception()
