"""The workers of one function: added under load, reused, replaced when they die; events wait in a bounded queue."""

import asyncio
from collections import deque

from local.errors import StackError
from local.functions.worker import InvocationFailed, Worker, WorkerSettings
from local.servers import processes
from local.template.specs import FunctionSpec


class Throttled(InvocationFailed):
    """Every worker is busy and too many events wait already."""


class Pool:
    """The workers of one function."""

    def __init__(self, spec: FunctionSpec, settings: WorkerSettings) -> None:
        self.spec = spec
        self._settings = settings
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._pending: deque[tuple[bytes, asyncio.Future[bytes]]] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def warm(self) -> None:
        """Has one worker ready before the first event.

        Raises:
            StackError: it does not start; the message ends with its log's last lines.
        """
        try:
            await self._new_worker().start()
        except InvocationFailed as error:
            log = self._settings.logs / f"{self.spec.name}.log"
            raise StackError(f"{error}; the end of {log}:\n{processes.tail(log)}") from error

    async def invoke(self, event: bytes) -> bytes:
        """The function's answer, as JSON.

        Raises:
            Throttled: too many events wait.
            InvocationFailed: the function gave no answer.
        """
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if not self._idle:
            return await self._in_turn(event, answer)
        # The last used first, as Lambda does: the others may stay cold.
        self._idle.pop().send(event, answer)
        return await answer

    async def _in_turn(self, event: bytes, answer: asyncio.Future[bytes]) -> bytes:
        """Waits for a worker; a caller that gives up frees its place in the queue."""
        if len(self._pending) >= self._settings.queue_limit:
            raise Throttled(f"{self.spec.name}: {len(self._pending)} events wait already")
        place = (event, answer)
        self._pending.append(place)
        self._grow()
        try:
            return await answer
        finally:
            if place in self._pending:
                self._pending.remove(place)

    async def stop(self) -> None:
        """Ends every worker."""
        self._stopped = True
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*(worker.stop() for worker in list(self._workers)))

    def _grow(self) -> None:
        """One more worker, if more events wait than workers are about to be free, and the max_workers allows it."""
        coming = sum(not worker.busy for worker in self._workers) - len(self._idle)
        if len(self._pending) > coming and len(self._workers) < self._settings.max_workers:
            task = asyncio.get_running_loop().create_task(self._start_for_load(self._new_worker()))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    def _new_worker(self) -> Worker:
        worker = Worker(self.spec, self._settings, self._on_idle, self._on_gone)
        self._workers.add(worker)
        return worker

    async def _start_for_load(self, worker: Worker) -> None:
        try:
            await worker.start()
        except InvocationFailed as error:
            # One event per failed start, as on Lambda: a function that can't start must not be started for ever.
            self._fail_next(error)
            self._grow()

    def _on_idle(self, worker: Worker) -> None:
        while self._pending:
            event, answer = self._pending.popleft()
            if not answer.done():
                worker.send(event, answer)
                return
        self._idle.append(worker)

    def _on_gone(self, worker: Worker) -> None:
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.started and not self._stopped:
            self._grow()

    def _fail_next(self, error: InvocationFailed) -> None:
        while self._pending:
            _, answer = self._pending.popleft()
            if not answer.done():
                answer.set_exception(error)
                return
