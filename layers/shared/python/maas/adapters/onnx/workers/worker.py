"""One worker as the function sees it: a process with one model."""

import socket
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from maas.adapters.onnx.printable import printable
from maas.adapters.onnx.workers import messages
from maas.adapters.onnx.workers.failures import Failure
from maas.adapters.onnx.workers.forks import Forks
from maas.domain.inference.outputs import Form, Output, Wanted
from maas.domain.inference.sizes import ANSWER_MAX
from maas.domain.inference.tensors import Feed
from maas.domain.tensor_rules import DTYPES
from maas.platform.observability import logger

# Seconds past the limit of a run, in which the worker can still say that it has ended it.
GRACE = 0.05


class Crashed(Exception):
    """The worker ended, or answered what is no answer: its model may have taken it over."""


class Ended(Crashed):
    """The worker had ended before the request was sent: another process may have the request."""


class Failed(Exception):
    """The worker has no result. `reason` is its runtime's; it is for the model's owner."""

    def __init__(self, failure: Failure, reason: str) -> None:
        super().__init__(reason)
        self.failure, self.reason = failure, reason


@dataclass(frozen=True, slots=True)
class Run:
    """The outputs of a run by name, and the seconds that the model took."""

    outputs: Mapping[str, Output]
    seconds: float


class Worker:
    """A process with one model. It runs one request at a time; `memory` is what it takes, in bytes.

    `is_evicted`: the pool has ended it, to make room for others.
    """

    def __init__(self, forks: Forks) -> None:
        self._forks = forks
        self._socket, other = socket.socketpair()
        with other:
            self.pid = forks.fork(other)
        self._socket.setblocking(False)
        self._close = weakref.finalize(self, self._socket.close)
        self.memory = 0
        self.is_busy = False
        self.has_ended = False
        self.is_evicted = False
        self._is_interrupted = False
        self._lock = threading.Lock()

    def load(self, path: str, memory: int, seconds: float) -> None:
        """Loads a file, with at most `memory` bytes. Raises Failed, Crashed, Ended."""
        self._asked(messages.written({"load": path}), [], seconds, memory, time.monotonic() + seconds)

    def run(self, feed: Feed, wanted: Sequence[Wanted], end: float, memory: int) -> Run:
        """Computes the outputs `wanted` until `end`, a time of time.monotonic(). Raises Failed, Crashed, Ended."""
        inputs = tuple([(values.name, values.dtype, values.shape, len(values.data)) for values in feed.values])
        names = [each.name for each in wanted]
        head = _request(inputs, tuple(names), tuple([each.form for each in wanted]))
        contents = [values.data for values in feed.values]
        answer, described = self._asked(head, contents, end - time.monotonic(), memory, end + GRACE)
        try:
            return Run(_outputs(described["outputs"], names, answer.body), answer.seconds)
        except (KeyError, TypeError, ValueError):
            raise self._crashed() from None

    def interrupt(self) -> None:
        """Ends a request of another thread at once, which fails as one that has taken too long."""
        with self._lock:
            if self.is_busy:
                self._is_interrupted = True
                with suppress(OSError):  # it has ended meanwhile
                    self._socket.shutdown(socket.SHUT_RDWR)

    def end(self) -> int:
        """Ends the process. Returns its exit status; 0 if it is not known, or was told before."""
        if self.has_ended:
            return 0
        self.has_ended = True
        self._close()
        return self._forks.end(self.pid)

    def kill(self) -> None:
        """Ends the process without waiting for it: a call that is late already shall not wait for its memory."""
        if not self.has_ended:
            self.has_ended = True
            self._close()
            self._forks.kill(self.pid)

    def _asked(
        self, head: bytes, contents: list[bytes], seconds: float, memory: int, end: float
    ) -> tuple[messages.Message, dict[str, Any]]:
        """The answer until `end`, and the content of its head."""
        self.is_busy = True
        try:
            messages.send(self._socket, head, contents, seconds, memory, end)
            answer = messages.receive(self._socket, ANSWER_MAX, end)
            self.memory = answer.memory
            described = messages.read(answer.head)
            failure = Failure(described["failure"]) if "failure" in described else None
        except (messages.Late, messages.Closed, ValueError) as error:
            if not isinstance(error, messages.Late) and not self._is_interrupted:
                raise (self._ended() if isinstance(error, messages.Gone) else self._crashed()) from None
            self.kill()
            raise Failed(Failure.LATE, "") from None
        finally:
            self._settle()
        if fault := described.get("fault"):
            logger.warning("worker of a model failed", fault=printable(str(fault)))
        if failure:
            raise Failed(failure, printable(str(described.get("reason", ""))))
        return answer, described

    def _settle(self) -> None:
        """Ends a worker whose request was interrupted when its answer was there already: its socket is shut."""
        with self._lock:
            self.is_busy = False
            is_shut = self._is_interrupted and not self.has_ended
        if is_shut:
            self.end()

    def _crashed(self) -> Crashed:
        code = self.end()
        logger.warning("worker of a model crashed", exit_code=code)
        return Crashed()

    def _ended(self) -> Ended:
        code = self.end()
        if not self.is_evicted:
            logger.warning("worker of a model ended between calls", exit_code=code)
        return Ended()


@lru_cache(maxsize=256)
def _request(
    inputs: tuple[tuple[str, str, tuple[int, ...], int], ...], names: tuple[str, ...], forms: tuple[Form, ...]
) -> bytes:
    """The head of a request for a run; it is the same for values of the same shape."""
    return messages.written({"inputs": inputs, "outputs": [*zip(names, forms, strict=True)]})


def _outputs(described: Any, names: list[str], body: bytes) -> dict[str, Output]:
    """Raises KeyError, TypeError, ValueError if these are not the outputs `names`."""
    found, start = {}, 0
    for expected, (name, dtype, shape, length) in zip(names, described, strict=True):
        if name != expected or dtype not in DTYPES or type(length) is not int or length < 0:
            raise ValueError(name)
        found[name] = Output(body[start : start + length], tuple(map(int, shape)), str(dtype))
        start += length
    if start != len(body):
        raise ValueError("the contents have another length")
    return found
