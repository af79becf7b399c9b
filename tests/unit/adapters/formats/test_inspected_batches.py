"""Several files in one start of the inspector: each has its own result, whatever another one does."""

import time
from pathlib import Path

import pytest

from maas.adapters.formats import inspector
from maas.adapters.formats.inspection_limits import Limits
from maas.adapters.formats.inspector import CRASHED, OUT_OF_TIME, ChildInspector
from maas.adapters.formats.refusals import OUT_OF_MEMORY
from maas.domain.catalog.graphs import Inspection
from maas.domain.errors import Unavailable
from tests.samples import hostile_onnx, refused_files

TEXT = b"some text\n"
# A fork whose file tells it what to do, in place of a reader that was taken over.
HOSTILE = """
import os, signal, sys
from maas.adapters.formats import inspection_forks, inspection_process, refusals
def read(file):
    text = file.head(200).decode()
    try:
        exec(text)
    except OSError as error:
        raise refusals.RefusedError(error.strerror)
    raise refusals.RefusedError("read " + text)
inspection_process.reader_of = lambda file: read
numbers = [*map(int, sys.argv[1:])]
inspection_forks.main(*numbers[:4], numbers[4:])
"""


def inspected(
    folder: Path, files: list[bytes], limits: Limits | None = None, seconds: float = 60
) -> list[Inspection | str]:
    paths = [folder / f"{n}" for n in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return ChildInspector(limits).inspect_all([*map(str, paths)], seconds)


def forked(folder: Path, monkeypatch: pytest.MonkeyPatch, files: list[bytes], program: str = HOSTILE) -> list[str]:
    script = folder / "child.py"
    script.write_text(program)
    monkeypatch.setattr(inspector, "_FORKS", script)
    return [*map(str, inspected(folder, files))]


def formats(found: list[Inspection | str]) -> list[str]:
    return [each if isinstance(each, str) else each.format.name for each in found]


def test_each_file_has_what_it_has_alone(tmp_path: Path) -> None:
    files = [TEXT, hostile_onnx.iris_model(), b'{"a": 1}', refused_files.PICKLE, b"a,b\n1,2\n"]
    found = inspected(tmp_path, files)
    assert found == [ChildInspector().inspect(str(tmp_path / f"{n}")) for n in range(len(files))]
    assert "a Python pickle" in str(found[3])


def test_a_file_that_takes_too_much_memory_is_refused_alone(tmp_path: Path) -> None:
    found = inspected(tmp_path, [TEXT, hostile_onnx.memory_bomb().SerializeToString(), TEXT])
    assert formats(found) == ["text", f"{OUT_OF_MEMORY}: 1651 MiB", "text"]


@pytest.mark.parametrize("limits", [Limits(cpu=1), Limits(wall=2, cpu=60)])
def test_a_file_that_takes_too_long_is_refused_alone(tmp_path: Path, limits: Limits) -> None:
    found = inspected(tmp_path, [TEXT, hostile_onnx.endless_loop().SerializeToString(), TEXT], limits)
    assert formats(found) == ["text", OUT_OF_TIME, "text"]


def test_a_fork_that_crashes_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [b"1", b"os.kill(os.getpid(), signal.SIGSEGV)", b"2"]
    assert forked(tmp_path, monkeypatch, files) == ["read 1", CRASHED, "read 2"]


def test_a_fork_that_kills_the_program_is_the_one_to_blame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [b"1", b"os.kill(os.getppid(), signal.SIGKILL)", b"2"]
    assert forked(tmp_path, monkeypatch, files) == ["read 1", CRASHED]


@pytest.mark.parametrize(
    "attempt",
    [
        b"for n in range(3, 99): os.write(n, b'{}')",
        b"open(f'/proc/{os.getppid()}/fd/1', 'w')",
        b"open('/proc/self/environ')",
    ],
)
def test_a_fork_reaches_nothing_but_its_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempt: bytes
) -> None:
    first, second, third = forked(tmp_path, monkeypatch, [b"1", attempt, b"2"])
    assert (first, third) == ("read 1", "read 2")
    assert second in {"Bad file descriptor", "Too many open files"}


def test_a_fork_that_fills_its_output_or_its_log_ends_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill = b"while True: os.write(%d, bytes(1 << 20))"
    assert forked(tmp_path, monkeypatch, [fill % 1, b"1", fill % 2, b"2"])[1::2] == ["read 1", "read 2"]


def test_files_beyond_the_time_have_no_result(tmp_path: Path) -> None:
    begun = time.monotonic()
    found = inspected(tmp_path, [TEXT, hostile_onnx.endless_loop().SerializeToString(), TEXT], seconds=4)
    assert formats(found) == ["text"]
    assert time.monotonic() - begun < 20


def test_a_program_that_does_not_start_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable):
        forked(tmp_path, monkeypatch, [TEXT], "import no_such_module")
