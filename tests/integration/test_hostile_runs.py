"""Hostile but valid models: each call is answered within its deadline, and the function goes on for others."""

import os
import resource
import sys
import time
from pathlib import Path

import pytest

from maas.adapters.formats.inspector import ChildInspector
from maas.adapters.onnx.process_memory import ResidentMemory
from maas.adapters.onnx.runtime import OnnxRuntime
from maas.domain.catalog.graphs import Inspection
from maas.domain.errors import InvalidInput, TimedOut, TooLarge
from maas.domain.inference.outputs import NotComputable
from tests.samples import onnx_files
from tests.samples.hostile_runs import HOSTILE
from tests.support import model_runtimes
from tests.support.model_files import Files, call
from tests.support.outputs import plain

MIB = 1024 * 1024
ROOM = 400 * MIB
SECONDS = 1.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")


@pytest.mark.parametrize("name", HOSTILE)
def test_the_validator_takes_such_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(HOSTILE[name]().file)
    assert isinstance(ChildInspector().inspect(str(path)), Inspection)


@pytest.mark.parametrize("name", HOSTILE)
async def test_the_call_is_refused_in_time_and_the_next_works(name: str, tmp_path: Path) -> None:
    files, case = Files(tmp_path), HOSTILE[name]()
    own = ResidentMemory(os.getpid())
    model_runtimes.forks().start()
    limit = own.bytes() + model_runtimes.forks().resident + ROOM
    pool = model_runtimes.workers(files.path, limit)
    runtime = OnnxRuntime(pool)
    hostile, healthy = files.add(case.file, "int64", 1), files.add(onnx_files.same("int64"), "int64", -1)
    await call(runtime, hostile, case.harmless)
    await call(runtime, healthy, [1])

    before, started = own.bytes(), time.monotonic()
    worker = pool.find(hostile)
    assert worker is not None
    assert resource.prlimit(worker.pid, resource.RLIMIT_DATA)[0] < ROOM + 200 * MIB
    # NotComputable is answered as InvalidInput.
    with pytest.raises((InvalidInput, TimedOut, TooLarge, NotComputable)):
        await call(runtime, hostile, case.hostile, SECONDS)

    assert time.monotonic() - started < SECONDS + 2  # the exact bound is measured in tests/benchmarks/deadlines.py
    assert own.bytes() - before < 64 * MIB
    assert worker.has_ended or _peak(worker.pid) < ROOM + 200 * MIB
    assert plain(await call(runtime, healthy, [5])) == {"y": [5]}
    await call(runtime, hostile, case.harmless)


def _peak(pid: int) -> int:
    """Returns the most bytes that a process has had in memory, libraries included."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
