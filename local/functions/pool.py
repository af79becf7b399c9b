"""The workers of one function: added under load, reused, and replaced when they end. Events wait in a bounded queue."""

import asyncio
import math
import time
from collections.abc import Callable

from local.errors import StackError
from local.functions.fair_queue import FairQueue, Shares
from local.functions.worker import InvocationFailed, Worker, WorkerSettings
from local.servers import processes
from local.template.specs import FunctionSpec


class Throttled(InvocationFailed):
    """All workers are busy and the queue of waiting events is full."""


class Late(Exception):
    """The time of the call was over before a worker had its event."""


def unlimited() -> float:
    return math.inf


class Pool:
    """The workers of one function."""

    def __init__(self, spec: FunctionSpec, settings: WorkerSettings) -> None:
        self.spec = spec
        self._settings = settings
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._pending = FairQueue()
        self._shares = Shares(settings.max_workers)
        self._starting: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def waiting(self) -> int:
        """The number of events that wait for a worker."""
        return len(self._pending)

    @property
    def processes(self) -> int:
        """The number of workers, starting ones included."""
        return len(self._workers)

    async def warm(self) -> None:
        """Starts a worker before the first event.

        Raises:
            StackError: the worker did not start; the message ends with the log's last lines.
        """
        try:
            await self._new_worker().start()
        except InvocationFailed as error:
            log = self._settings.logs / f"{self.spec.name}.log"
            raise StackError(f"{error}; the end of {log}:\n{processes.tail(log)}") from error

    async def invoke(self, event: bytes, caller: str = "", seconds_left: Callable[[], float] = unlimited) -> bytes:
        """Returns the function's result as JSON. Events of different callers wait for a worker by turns.

        If this is cancelled, an event that waits is dropped, and a worker that has it is told (Worker.send).
        `seconds_left` is asked if the event has to wait: it waits no longer, for a busy worker or for one that starts.

        Raises:
            Throttled: the queue of waiting events is full. Callers share it: the last event of the one that has most
                gives its place to another caller's.
            Late: the event has waited for `seconds_left`. It reaches no worker any more.
            InvocationFailed: the function returned no result.
        """
        result: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._shares.came(caller)
        try:
            if not self._idle or not self._shares.may_run(caller):
                await self._enqueue(event, caller, result, seconds_left())
            else:
                self._send(event, caller, result)
            return await result
        finally:
            result.cancel()

    async def _enqueue(self, event: bytes, caller: str, result: asyncio.Future[bytes], seconds: float) -> None:
        """Waits for a worker for at most `seconds`. A cancelled caller frees its place in the queue."""
        if len(self._pending) >= self._settings.queue_limit:
            self._make_place(caller)
        entry = (event, result)
        self._pending.add(caller, entry)
        self._grow()
        try:
            await asyncio.wait({result}, timeout=None if seconds == math.inf else max(seconds, 0))
        finally:
            waited = self._pending.remove(caller, entry)
        if waited:
            raise Late(f"{self.spec.name}: the event waited for a process until its call's end")

    def _make_place(self, caller: str) -> None:
        """Throttles the last event of the caller that has most in the full queue, or raises Throttled for this one."""
        throttled = Throttled(f"{self.spec.name}: {len(self._pending)} events are waiting already")
        if (displaced := self._pending.make_place(caller)) is None:
            raise throttled
        _, result = displaced
        if not result.done():
            result.set_exception(throttled)

    async def stop_idle(self) -> None:
        """Ends the workers that have waited for an event longer than `idle_limit`, as Lambda does."""
        now = time.monotonic()
        ended = [worker for worker in self._idle if now - worker.idle_since > self._settings.idle_limit]
        for worker in ended:
            self._idle.remove(worker)  # before the first await: no event reaches it any more
        await asyncio.gather(*(worker.stop() for worker in ended))

    async def stop(self) -> None:
        """Ends every worker."""
        self._stopped = True
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*(worker.stop() for worker in list(self._workers)))

    def _grow(self) -> None:
        """Starts one more worker if more events wait than workers are starting, up to `max_workers`."""
        starting = sum(not worker.busy for worker in self._workers) - len(self._idle)
        if len(self._pending) > starting and len(self._workers) < self._settings.max_workers:
            task = asyncio.get_running_loop().create_task(self._start_for_load(self._new_worker()))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    def _new_worker(self) -> Worker:
        worker = Worker(self.spec, self._settings, self._on_idle, self._on_exit)
        self._workers.add(worker)
        return worker

    async def _start_for_load(self, worker: Worker) -> None:
        try:
            await worker.start()
        except InvocationFailed as error:
            # Each failed start fails one event, as on Lambda. Otherwise a function that can't start would be started
            # again and again.
            self._fail_next(error)
            self._grow()

    def _on_idle(self, worker: Worker) -> None:
        self._idle.append(worker)
        self._dispatch()

    def _dispatch(self) -> None:
        """Sends events that wait to workers that wait."""
        while self._idle and (found := self._pending.next(self._shares.may_run)):
            caller, (event, result) = found
            if not result.done():
                self._send(event, caller, result)

    def _send(self, event: bytes, caller: str, result: asyncio.Future[bytes]) -> None:
        """Sends an event to a worker that waits: the one used last, as on Lambda, so the others may stay unused."""
        self._shares.began(caller)
        result.add_done_callback(lambda _result: self._ended(caller))
        self._idle.pop().send(event, result)

    def _ended(self, caller: str) -> None:
        self._shares.ended(caller)
        self._dispatch()

    def _on_exit(self, worker: Worker) -> None:
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.started and not self._stopped:
            self._grow()

    def _fail_next(self, error: InvocationFailed) -> None:
        while found := self._pending.next():
            _, (_, result) = found
            if not result.done():
                result.set_exception(error)
                return
