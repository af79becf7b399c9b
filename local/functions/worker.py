"""One execution environment of a Lambda function: a process that runs AWS's `awslambdaric`."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from local.functions.runtime_api import Callbacks, RuntimeApi
from local.servers import processes
from local.template.specs import FunctionSpec

MAX_PAYLOAD = 6 * 1024 * 1024  # bytes; Lambda's limit for a synchronous event, and for its result
_START_TIMEOUT = 60.0  # seconds; Lambda allows 10 for the first attempt, on a machine that is not shared


class InvocationFailed(Exception):
    """The function raised, crashed, timed out, or could not start."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Settings that all workers share.

    `scratch` is the folder for the workers' temporary folders, `credentials` the AWS_* variables, and `cold_starts`
    limits how many workers start at the same time. `max_workers` and `queue_limit` (waiting events) are per function.
    `idle_limit` is how many seconds a worker may wait for an event before `Pool.stop_idle` ends it.
    """

    logs: Path
    scratch: Path
    credentials: Mapping[str, str]
    cold_starts: asyncio.Semaphore
    max_workers: int = 4
    queue_limit: int = 200
    idle_limit: float = 900.0


class Worker:
    """One process. `on_idle` is called each time it waits for an event, `on_exit` once when it has ended."""

    def __init__(
        self,
        spec: FunctionSpec,
        settings: WorkerSettings,
        on_idle: Callable[["Worker"], None],
        on_exit: Callable[["Worker"], None],
    ) -> None:
        self._spec = spec
        self._settings = settings
        self._on_idle, self._on_exit = on_idle, on_exit
        self._api = RuntimeApi(Callbacks(self._on_next, self._on_response, self._on_error, self._on_init_error))
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._result: asyncio.Future[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._event_started = 0.0
        self._request_id = ""
        self._process: asyncio.subprocess.Process | None = None
        self._exit_reason = "the process ended"
        self._log_file: FileIO | None = None
        self.idle_since = 0.0

    @property
    def busy(self) -> bool:
        """Returns whether the worker is processing an event."""
        return self._result is not None

    @property
    def started(self) -> bool:
        """Returns whether the worker's initialization succeeded."""
        return self._ready.done() and not self._ready.cancelled() and self._ready.exception() is None

    async def start(self) -> None:
        """Starts the process and waits until it requests its first event.

        Raises:
            InvocationFailed: the initialization failed; the message is the function's own.
        """
        async with self._settings.cold_starts:
            address = await self._api.start()
            scratch = self._settings.scratch / uuid.uuid4().hex
            self._process = await self._spawn(address, scratch)
            self._exit_watch = self._loop.create_task(self._wait_for_exit(self._process, scratch))
            timer = self._loop.call_later(_START_TIMEOUT, self._kill, f"not ready after {_START_TIMEOUT:g} s")
            try:
                await self._ready
            finally:
                timer.cancel()

    async def _spawn(self, address: str, scratch: Path) -> asyncio.subprocess.Process:
        try:
            scratch.mkdir(parents=True)
            log = self._settings.logs / f"{self._spec.name}.log"
            self._log_file = FileIO(log, "a")
            return await processes.spawn(
                [sys.executable, "-m", "awslambdaric", self._spec.handler],
                self._environment(address, scratch),
                log,
                self._spec.code,
            )
        except OSError as error:  # a full disk
            self._api.close()
            self._close_log()
            self._on_exit(self)
            raise InvocationFailed(f"{self._spec.name} did not start: {error.strerror}") from error

    def send(self, event: bytes, result: asyncio.Future[bytes]) -> None:
        """Sends an event to the waiting process. `result` is set to the function's JSON, or to InvocationFailed.

        If `result` is cancelled, a process that handles SIGUSR1 gets that signal: the Runtime API has no cancellation.
        """
        result.add_done_callback(self._on_done)
        self._result, self._request_id, self._event_started = result, str(uuid.uuid4()), time.perf_counter()
        self._timer = self._loop.call_later(self._spec.timeout, self._on_timeout)
        deadline = int((time.time() + self._spec.timeout) * 1000)
        self._api.send(self._request_id, self._spec.arn, deadline, event)

    async def stop(self) -> None:
        """Kills the process, as Lambda does with an environment that it no longer needs."""
        self._api.close()
        if self._process is not None:
            processes.kill(self._process)
            await self._exit_watch

    def _environment(self, address: str, scratch: Path) -> dict[str, str]:
        """The template's variables, the variables that Lambda sets, and the few of this shell that are needed."""
        spec = self._spec
        lambda_variables = {
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
        return processes.shell() | dict(spec.environment) | lambda_variables | dict(self._settings.credentials)

    def _on_next(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)
        self.idle_since = time.monotonic()
        self._on_idle(self)

    def _on_response(self, request_id: str, body: bytes) -> None:
        if request_id != self._request_id:
            return
        if len(body) > MAX_PAYLOAD:
            self._fail(f"the result has {len(body)} bytes, and Lambda allows at most {MAX_PAYLOAD}")
        else:
            self._finish().set_result(body)

    def _on_error(self, request_id: str, body: bytes) -> None:
        if request_id == self._request_id:
            self._fail(_error_message(body))

    def _on_init_error(self, body: bytes) -> None:
        self._exit_reason = _error_message(body)

    def _on_done(self, result: asyncio.Future[bytes]) -> None:
        if result.cancelled() and result is self._result and self._process is not None:
            processes.tell(self._process, signal.SIGUSR1)

    def _on_timeout(self) -> None:
        self._log(f"{self._request_id} Task timed out after {self._spec.timeout:.2f} seconds")
        self._fail(f"timed out after {self._spec.timeout:g} s")
        self._kill("killed after its timeout")

    def _kill(self, reason: str) -> None:
        self._exit_reason = reason
        if self._process is not None:
            processes.kill(self._process)

    def _finish(self) -> asyncio.Future[bytes]:
        """Ends the current event. Returns its future to set, or a throw-away future if the caller was cancelled."""
        result, self._result = self._result, None
        milliseconds = (time.perf_counter() - self._event_started) * 1000
        # Written when the result has been passed on.
        self._loop.call_soon(self._log, f"REPORT RequestId: {self._request_id}\tDuration: {milliseconds:.2f} ms")
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return result if result is not None and not result.done() else self._loop.create_future()

    def _fail(self, reason: str) -> None:
        result = self._finish()
        result.set_exception(InvocationFailed(f"{self._spec.name}: {reason}"))
        result.exception()  # marks it as retrieved: the caller may be gone

    async def _wait_for_exit(self, process: asyncio.subprocess.Process, scratch: Path) -> None:
        status = await process.wait()
        self._api.close()
        if self.busy:
            self._log(f"{self._request_id} Runtime exited with status {status}")
            self._fail(f"{self._exit_reason} (status {status})")
        if not self._ready.done():
            self._ready.set_exception(InvocationFailed(f"{self._spec.name} did not start: {self._exit_reason}"))
            self._ready.exception()  # marks it as retrieved: the start may have been cancelled
        self._on_exit(self)
        shutil.rmtree(scratch, ignore_errors=True)
        self._loop.call_soon(self._close_log)  # after the lines that are still to be written

    def _log(self, line: str) -> None:
        if self._log_file is not None:
            with contextlib.suppress(OSError):  # a full disk
                self._log_file.write(f"{line}\n".encode())

    def _close_log(self) -> None:
        if self._log_file is not None:
            self._log_file.close()
            self._log_file = None


def _error_message(body: bytes) -> str:
    try:
        error = json.loads(body)
        return f"{error['errorType']}: {error['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:500]
