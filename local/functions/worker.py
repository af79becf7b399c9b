"""One execution environment of a Lambda: a process under AWS's own `awslambdaric`."""

import asyncio
import json
import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.functions.runtime_api import Listener, RuntimeApi
from local.servers import processes
from local.template.specs import FunctionSpec

MAX_PAYLOAD = 6 * 1024 * 1024  # Lambda's limit for a synchronous event, and for its answer
_START_LIMIT = 60.0  # seconds; Lambda allows 10 for the first try, on a machine that is not shared


class InvocationFailed(Exception):
    """The function raised, crashed, ran into its timeout, or could not start."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Where workers live: folders, AWS_* variables, how many may start at once, be there, and events wait."""

    logs: Path
    scratch: Path
    credentials: Mapping[str, str]
    cold_starts: asyncio.Semaphore
    max_workers: int = 4
    queue_limit: int = 200


class Worker:
    """One process. `idle` is called each time it waits for an event, `gone` once when it ended."""

    def __init__(
        self,
        spec: FunctionSpec,
        settings: WorkerSettings,
        idle: Callable[["Worker"], None],
        gone: Callable[["Worker"], None],
    ) -> None:
        self._spec = spec
        self._settings = settings
        self._idle, self._gone = idle, gone
        self._api = RuntimeApi(Listener(self._on_waiting, self._on_response, self._on_error, self._on_init_error))
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._answer: asyncio.Future[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._started = 0.0
        self._request_id = ""
        self._process: asyncio.subprocess.Process | None = None
        self._end = "the process ended"

    @property
    def busy(self) -> bool:
        """Whether an event is being worked on."""
        return self._answer is not None

    @property
    def started(self) -> bool:
        """Whether it ever waited for an event."""
        return self._ready.done() and not self._ready.cancelled() and self._ready.exception() is None

    async def start(self) -> None:
        """Returns when the worker asks for its first event.

        Raises:
            InvocationFailed: its initialization failed; the message is the function's own.
        """
        async with self._settings.cold_starts:
            address = await self._api.start()
            scratch = self._settings.scratch / uuid.uuid4().hex
            scratch.mkdir(parents=True)
            self._process = await processes.spawn(
                [sys.executable, "-m", "awslambdaric", self._spec.handler],
                self._environment(address, scratch),
                self._settings.logs / f"{self._spec.name}.log",
                self._spec.code,
            )
            self._watch = self._loop.create_task(self._wait_for_end(self._process, scratch))
            limit = self._loop.call_later(_START_LIMIT, self._end_now, f"not ready after {_START_LIMIT:g} s")
            try:
                await self._ready
            finally:
                limit.cancel()

    def send(self, event: bytes, answer: asyncio.Future[bytes]) -> None:
        """Works on one event; the answer gets the function's JSON, or InvocationFailed."""
        self._answer, self._request_id, self._started = answer, str(uuid.uuid4()), time.perf_counter()
        self._timer = self._loop.call_later(self._spec.timeout, self._on_timeout)
        deadline = int((time.time() + self._spec.timeout) * 1000)
        self._api.send(self._request_id, self._spec.arn, deadline, event)

    async def stop(self) -> None:
        """Ends the process at once, as Lambda does with an environment it needs no more."""
        self._api.close()
        if self._process is not None:
            processes.kill(self._process)
            await self._watch

    def _environment(self, address: str, scratch: Path) -> dict[str, str]:
        """The template's variables and what Lambda sets itself; of this shell's, only what finds programs and CAs."""
        spec = self._spec
        lambda_sets = {
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
            "AWS_LAMBDA_FUNCTION_NAME": spec.physical_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.physical_name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": scratch.name,
            "AWS_LAMBDA_RUNTIME_API": address,
            "HOME": str(scratch),
            "LAMBDA_TASK_ROOT": str(spec.code),
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(map(str, spec.layers)),
            "TMPDIR": str(scratch),
            "TZ": ":UTC",
            "_HANDLER": spec.handler,
        }
        return processes.shell() | dict(spec.environment) | lambda_sets | dict(self._settings.credentials)

    def _on_waiting(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)
        self._idle(self)

    def _on_response(self, request_id: str, body: bytes) -> None:
        if request_id != self._request_id:
            return
        if len(body) > MAX_PAYLOAD:
            self._fail(f"the answer has {len(body)} bytes, more than the {MAX_PAYLOAD} that Lambda allows")
        else:
            self._finish().set_result(body)

    def _on_error(self, request_id: str, body: bytes) -> None:
        if request_id == self._request_id:
            self._fail(_error_message(body))

    def _on_init_error(self, body: bytes) -> None:
        self._end = _error_message(body)

    def _on_timeout(self) -> None:
        self._note(f"{self._request_id} Task timed out after {self._spec.timeout:.2f} seconds")
        self._fail(f"timed out after {self._spec.timeout:g} s")
        self._end_now("killed after its timeout")

    def _end_now(self, reason: str) -> None:
        self._end = reason
        if self._process is not None:
            processes.kill(self._process)

    def _finish(self) -> asyncio.Future[bytes]:
        """The answer to set; one that nobody waits for any more (cancelled) is replaced by a throw-away."""
        answer, self._answer = self._answer, None
        self._note(f"REPORT RequestId: {self._request_id}\tDuration: {self._milliseconds():.2f} ms")
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return answer if answer is not None and not answer.done() else self._loop.create_future()

    def _fail(self, reason: str) -> None:
        answer = self._finish()
        answer.set_exception(InvocationFailed(f"{self._spec.name}: {reason}"))
        answer.exception()  # marks it as seen: the caller may be gone

    async def _wait_for_end(self, process: asyncio.subprocess.Process, scratch: Path) -> None:
        code = await process.wait()
        self._api.close()
        if self.busy:
            self._note(f"{self._request_id} Runtime exited with status {code}")
            self._fail(f"{self._end} (status {code})")
        if not self._ready.done():
            self._ready.set_exception(InvocationFailed(f"{self._spec.name} did not start: {self._end}"))
            self._ready.exception()  # marks it as seen: the start may have been cancelled
        self._gone(self)
        shutil.rmtree(scratch, ignore_errors=True)

    def _milliseconds(self) -> float:
        return (time.perf_counter() - self._started) * 1000

    def _note(self, line: str) -> None:
        with (self._settings.logs / f"{self._spec.name}.log").open("a") as log:
            log.write(line + "\n")


def _error_message(body: bytes) -> str:
    try:
        error = json.loads(body)
        return f"{error['errorType']}: {error['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:500]
