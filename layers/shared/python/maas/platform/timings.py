"""The parts of a prediction's time, and the model that it was for: one small object in the request context."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from maas.domain.errors import FieldError, InvalidInput, Rule
from maas.platform import spans
from maas.platform.request_context import CURRENT


@dataclass(slots=True)
class Timings:
    """Seconds by phase: init, resolve, download, load, queue and infer; other and total follow from the whole.

    `tenant_id` is the caller's organization; `model_id` and `version` are empty until resolved.

    `hit`: the result was kept from an earlier call. `waiting` is how many calls waited when this one came.
    `error` is the code of the answer's problem; `refused`: the version is to blame, because its model could not compute
    the call's values, or it `breaks_callers` of the version that it is to follow.
    `running` is a phase that has begun, and its start.
    `rollout_id` and `side` are set if a rollout has routed the call; `shadows` if its candidate answers nobody.
    A warm-up has times and is not counted: `is_prediction` is false.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    tenant_id: str = ""
    model_id: str = ""
    version: str = ""
    hit: bool = False
    waiting: int = 0
    error: str = ""
    refused: bool = False
    breaks_callers: bool = False
    cold: bool = False
    running: tuple[str, float] | None = None
    is_prediction: bool = True
    rollout_id: str = ""
    side: str = ""
    shadows: bool = False

    def add(self, phase: str, seconds: float) -> None:
        """Adds to a phase, unless the call has ended: a load goes on in its thread after the call's timeout."""
        if "total" not in self.seconds:
            self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds

    def ended(self, total: float) -> None:
        """Sets `total`, and `other` to what no phase has. A phase that is still running counts until now."""
        if running := self.running:
            self.add(running[0], time.perf_counter() - running[1])
        measured = sum(self.seconds.values())
        self.seconds["other"] = max(0.0, total - measured)
        self.seconds["total"] = max(total, measured)

    def failed(self, code: str, fields: Sequence[FieldError] = ()) -> None:
        """Sets the error that the call ends with."""
        self.error = code
        is_to_blame = self.breaks_callers or any(field.rule is Rule.MODEL for field in fields)
        self.refused = code == InvalidInput.code and is_to_blame

    def header(self) -> str:
        """The value of Server-Timing (W3C), in milliseconds."""
        of = self.seconds.get
        return (
            f"init;dur={of('init', 0) * 1000:.3f}, resolve;dur={of('resolve', 0) * 1000:.3f}, "
            f"download;dur={of('download', 0) * 1000:.3f}, load;dur={of('load', 0) * 1000:.3f}, "
            f"queue;dur={of('queue', 0) * 1000:.3f}, infer;dur={of('infer', 0) * 1000:.3f}, "
            f"other;dur={of('other', 0) * 1000:.3f}, total;dur={of('total', 0) * 1000:.3f}"
        )

    def headers(self) -> list[tuple[str, str]]:
        """The headers that tell of the call beside its answer, once it has ended."""
        headers = [("server-timing", self.header()), ("x-cold-start", "true" if self.cold else "false")]
        if self.version:
            headers.append(("x-model-version", f"{self.model_id}/{self.version}"))
        if self.rollout_id:  # also of a refused call, because a candidate may refuse what live does not
            headers.append(("x-rollout", f"{self.rollout_id}; side={self.side}"))
        return headers


class phase:  # noqa: N801 - used as a statement
    """Measures a block as a phase of the current prediction; without one it measures nothing.

    A generator as context manager would cost a microsecond more for each block.
    """

    __slots__ = ("_name", "_started", "_timings")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> Self:
        self._timings = current()
        self._started = time.perf_counter()
        if self._timings:
            self._timings.running = self._name, self._started
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        if self._timings:
            seconds = time.perf_counter() - self._started
            self._timings.running = None
            self._timings.add(self._name, seconds)
            if spans.is_on():
                request = CURRENT.get()
                kind = spans.Kind.CLIENT if self._name == "download" else spans.Kind.INTERNAL
                spans.child_ended(request.trace if request else None, self._name, kind, seconds)


def current() -> Timings | None:
    """The timings of the current request; None if it predicts nothing."""
    request = CURRENT.get()
    return request.timings if request else None


def begun(tenant_id: str) -> Timings:
    """The timings of the current request, which is a prediction for this organization."""
    request = CURRENT.get()
    timings = (request.timings if request else None) or Timings()
    timings.tenant_id = tenant_id
    if request:
        request.timings = timings
    return timings


@contextmanager
def measured(tenant_id: str) -> Iterator[Timings]:
    """Gives the block timings of its own: one prediction of several that the current message asks for."""
    request, timings = CURRENT.get(), Timings(tenant_id=tenant_id)
    if request is None:
        yield timings
        return
    before, request.timings = request.timings, timings
    try:
        yield timings
    finally:
        request.timings = before


def seconds_since_start() -> float:
    """Seconds since this process was started by the system; 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    return 0.0


def starts_on_demand() -> bool:
    """Returns whether a first call waits for the start of this process, as it does without provisioned concurrency."""
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand") == "on-demand"
