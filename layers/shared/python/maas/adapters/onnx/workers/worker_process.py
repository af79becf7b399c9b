"""The process of one model: a fork of forks_process.py that loads a file, and then runs it as often as it is asked.

It has no credentials. Once the model is loaded it can open no file and no socket, even if the model manages to run
code. It answers one request after the other:

- `{"load": path}` with `{}`
- `{"inputs": [[name, dtype, shape, length]...], "outputs": [[name, form]...]}`, with the elements of the inputs as its
  body, with `{"outputs": [[name, dtype, shape, length]...]}` and the elements of the outputs as its body

A message's `memory` is what the process may have, 0 for any amount, and what it has. Instead of its result an answer
has `failure` (one of failures.py) and a `reason`, or the `fault` of this program, which it can write to no log.
"""

import resource
import socket
import time
from contextlib import suppress
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import onnxruntime as ort

from maas.adapters.onnx.array_contents import Array, array_of, content_of, dtype_of, family
from maas.adapters.onnx.options import run_options, session_options
from maas.adapters.onnx.ort_errors import ORT_ERRORS, cleaned, is_memory
from maas.adapters.onnx.process_memory import ProcessMemory
from maas.adapters.onnx.watchdog import Watchdog
from maas.adapters.onnx.workers import messages
from maas.adapters.onnx.workers.failures import Failure
from maas.domain.inference.outputs import Form
from maas.domain.inference.sizes import ANSWER_MAX, REQUEST_MAX, least_answer

# The elements of a body of REQUEST_MAX take at most eight times their JSON: a digit and a comma become eight bytes.
BODY_MAX = 8 * REQUEST_MAX


class _FailedError(Exception):
    def __init__(self, failure: Failure, reason: str = "") -> None:
        super().__init__(reason)
        self.failure, self.reason = failure, reason


class _Model:
    """A loaded model."""

    def __init__(self, path: str) -> None:
        """Loads a file, which needs a third less memory than its bytes do.

        ONNX Runtime reads "external data" from the file's folder only; ArtifactCache keeps no other file there.
        """
        try:
            self._session = ort.InferenceSession(path, session_options(), providers=["CPUExecutionProvider"])
        except ORT_ERRORS as error:
            raise _failed(error, Failure.UNLOADABLE) from error
        self._watchdog, self._options = Watchdog(), run_options()

    def run(self, request: messages.Message) -> tuple[bytes, list[bytes]]:
        """The head of the answer to a request of a run, and the elements of the outputs."""
        asked, body = _asked(request.head), request.body
        feed = {name: array_of(dtype, shape, body[start:end]) for name, dtype, shape, start, end in asked.inputs}
        arrays = self._outputs(asked.names, feed, time.monotonic() + request.seconds)
        contents = _contents(arrays, asked.forms)
        described = [
            (name, dtype_of(array), array.shape, len(content))
            for name, array, content in zip(asked.names, arrays, contents, strict=True)
        ]
        return _answer(tuple(described)), contents

    def _outputs(self, names: list[str], feed: dict[str, Array], end: float) -> list[Array]:
        options = self._options
        try:
            with self._watchdog.watch(options, end):
                found: list[Array] = self._session.run(names, feed, options)
        except ORT_ERRORS as error:
            raise _FailedError(Failure.LATE) if options.terminate else _failed(error, Failure.NOT_COMPUTABLE) from error
        finally:
            if options.terminate:
                self._options = run_options()
        return found


class _Asked(NamedTuple):
    """The inputs of a run, each with its place in the body, and the outputs to compute."""

    inputs: list[tuple[str, str, list[int], int, int]]
    names: list[str]
    forms: list[Form]


@lru_cache(maxsize=256)
def _asked(head: bytes) -> _Asked:
    found = messages.read(head)
    ends = [*accumulate(length for *_, length in found["inputs"])]
    inputs = [
        (name, dtype, shape, end - length, end)
        for (name, dtype, shape, length), end in zip(found["inputs"], ends, strict=True)
    ]
    return _Asked(inputs, [name for name, _ in found["outputs"]], [Form(form) for _, form in found["outputs"]])


@lru_cache(maxsize=256)
def _answer(outputs: tuple[tuple[str, str, tuple[int, ...], int], ...]) -> bytes:
    """The head of the answer to a run; it is the same for outputs of the same shape."""
    return messages.written({"outputs": outputs})


def _failed(error: Exception, otherwise: Failure) -> _FailedError:
    return _FailedError(Failure.MEMORY) if is_memory(error) else _FailedError(otherwise, cleaned(error))


def _contents(arrays: list[Array], forms: list[Form]) -> list[bytes]:
    """The elements of the outputs. Raises _FailedError if they are too long for an answer."""
    pairs = list(zip(arrays, forms, strict=True))
    least = sum(a.nbytes if form is Form.RAW else least_answer(a.shape, family(a)) for a, form in pairs)
    if least > ANSWER_MAX:
        raise _FailedError(Failure.TOO_LONG)
    try:
        contents = [content_of(array, form) for array, form in pairs]
    except MemoryError:
        raise _FailedError(Failure.MEMORY) from None
    if sum(map(len, contents)) > ANSWER_MAX:
        raise _FailedError(Failure.TOO_LONG)
    return contents


def _close_down() -> None:
    """From here on the process opens no file, socket or process, and writes no file."""
    for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(kind, (0, 0))


class _Worker:
    def __init__(self) -> None:
        self._memory = ProcessMemory()
        self._model: _Model | None = None

    def answer(self, request: messages.Message) -> tuple[bytes, list[bytes], float, int]:
        """The head and body of the answer to a request, the seconds that it took, and the memory of the process."""
        started = time.perf_counter()
        self._memory.limit(request.memory)
        head, contents = b"{}", list[bytes]()
        try:
            if self._model:
                head, contents = self._model.run(request)
            else:
                self._model = _Model(messages.read(request.head)["load"])
                _close_down()
        except _FailedError as error:
            head = messages.written({"failure": error.failure, "reason": error.reason})
        except MemoryError:
            head = messages.written({"failure": Failure.MEMORY})
        except Exception as error:  # noqa: BLE001 - a fault of this program is no crash of the model, which would count
            failure = Failure.NOT_COMPUTABLE if self._model else Failure.UNLOADABLE
            head = messages.written({"failure": failure, "fault": repr(error)})
        seconds = time.perf_counter() - started
        return head, contents, seconds, self._memory.settled(seconds)

    def lift(self) -> None:
        """Lets the process take any amount, until the next request is answered."""
        self._memory.limit(0)


def serve(connection: socket.socket) -> None:
    """Answers requests until the other end is gone."""
    worker = _Worker()
    with suppress(messages.Closed):
        while True:
            # The limit of the last request may leave too little for this one, which is not the model's fault.
            _send(connection, worker, *worker.answer(messages.receive(connection, BODY_MAX, on_long=worker.lift)))


def _send(
    connection: socket.socket, worker: _Worker, head: bytes, contents: list[bytes], seconds: float, memory: int
) -> None:
    """Sends an answer, or that there is not enough memory to copy it. Raises Closed."""
    try:
        messages.send(connection, head, contents, seconds, memory)
    except MemoryError:  # nothing is sent yet
        worker.lift()
        messages.send(connection, messages.written({"failure": Failure.MEMORY}), (), seconds, memory)
