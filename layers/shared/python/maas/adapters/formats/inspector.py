"""Inspects uploaded files in child processes without credentials and network, and with limited memory and time."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from maas.adapters.aws.graph_summaries import from_document
from maas.adapters.child_environment import child_environment
from maas.adapters.formats.inspection_limits import TIMEOUT, Limits
from maas.adapters.formats.refusals import UNREADABLE
from maas.domain.catalog.formats import FORMATS
from maas.domain.catalog.graphs import Inspection
from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import Unavailable
from maas.platform.observability import logger

_CHILD = Path(__file__).with_name("inspection_process.py")
_FORKS = Path(__file__).with_name("inspection_forks.py")
_OUTPUT_MAX = 8 << 20

OUT_OF_TIME = "inspection ran out of time"
CRASHED = "inspection crashed, or ran out of memory"


class ChildInspector:
    """The FileInspector port: the format is found in the content, and its reader decides."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def inspect(self, path: str) -> Inspection | str:
        """The result of the inspection, or a sentence with the reason why the file is rejected.

        Raises:
            Unavailable: the child did not start, so the file has not been inspected.
        """
        with Path(path).open("rb") as file, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
            try:
                code = self._run(file, out, log)
            except subprocess.TimeoutExpired:
                return OUT_OF_TIME
            return _result(code, out, log)

    def inspect_all(self, paths: Sequence[str], seconds: float) -> list[Inspection | str]:
        """The results of the first files, in order: of all, unless one has broken the child, or the time is over.

        Raises:
            Unavailable: the child did not start, so a file has not been inspected.
        """
        with ExitStack() as opened:
            files = [_Files(*map(opened.enter_context, _opened(path))) for path in paths]
            codes, is_over = self._run_forks(files, seconds)
            found = [
                OUT_OF_TIME if code == TIMEOUT else _result(int(code), file.out, file.log)
                for code, file in zip(codes, files, strict=False)
            ]
            if len(found) < len(files) and not is_over:  # its fork has broken the child, or never started
                found.append(_result(-signal.SIGKILL, files[len(found)].out, files[len(found)].log))
            return found

    def _run(self, file: IO[bytes], out: IO[bytes], log: IO[bytes]) -> int:
        """Runs the child. Its limits bound the output files; output through a pipe could fill this process's memory."""
        numbers = (self._limits.memory, self._limits.served, self._limits.cpu)
        command = [sys.executable, "-s", "-P", "-B", str(_CHILD), *map(str, numbers)]
        done = subprocess.run(  # noqa: S603 (our own program, no shell)
            command,
            stdin=file,
            stdout=out,
            stderr=log,
            env=child_environment(),
            cwd="/",
            timeout=self._limits.wall,
            check=False,
        )
        return done.returncode

    def _run_forks(self, files: "Sequence[_Files]", seconds: float) -> tuple[list[str], bool]:
        """Runs the child for several files. Returns the exit codes of its forks, and whether the time was over."""
        limits = self._limits
        descriptors = [stream.fileno() for file in files for stream in file]
        numbers = (limits.memory, limits.served, limits.cpu, limits.wall, *descriptors)
        with tempfile.TemporaryFile() as lines:
            child = subprocess.Popen(  # noqa: S603 (our own program, no shell)
                [sys.executable, "-s", "-P", "-B", str(_FORKS), *map(str, numbers)],
                stdin=subprocess.DEVNULL,
                stdout=lines,
                pass_fds=descriptors,
                env=child_environment(),
                cwd="/",
                start_new_session=True,
            )
            is_over = False
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                is_over = True
            finally:
                with suppress(ProcessLookupError):  # no fork outlives the child
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            return _content(lines).decode().split(), is_over


class _Files(NamedTuple):
    """A file, and what its fork writes."""

    file: IO[bytes]
    out: IO[bytes]
    log: IO[bytes]


def _opened(path: str) -> tuple[IO[bytes], ...]:
    return Path(path).open("rb"), tempfile.TemporaryFile(), tempfile.TemporaryFile()


def _result(code: int, out: IO[bytes], log: IO[bytes]) -> Inspection | str:
    output, errors = _content(out), _content(log)
    if code == 0:
        found = _parsed(output)
        if found == UNREADABLE:
            logger.warning("a reader failed", output=errors[-2000:].decode(errors="replace"))
        return found
    logger.warning("inspection ended early", exit_code=code, output=errors[-2000:].decode(errors="replace"))
    if not output:
        raise Unavailable("the inspector does not start")
    return OUT_OF_TIME if code == -signal.SIGXCPU else CRASHED


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(_OUTPUT_MAX)


def _parsed(output: bytes) -> Inspection | str:
    """Parses the child's output. Any other output counts as a crash: a malicious file may have taken the child over."""
    try:
        answer = json.loads(output)
        if "reason" in answer:
            return str(answer["reason"])
        tensors = answer["signature"]
        signature = Signature(inputs=_tensors(tensors["inputs"]), outputs=_tensors(tensors["outputs"]))
        return Inspection(FORMATS[answer["format"]], signature, from_document(answer["graph"]), dict(answer["details"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return CRASHED


def _tensors(items: list[dict[str, Any]]) -> tuple[Tensor, ...]:
    return tuple(Tensor(str(item["name"]), str(item["dtype"]), tuple(map(int, item["shape"]))) for item in items)
