"""Processes of models: what they may have, how they end, and that nothing else ends with them."""

import asyncio
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.onnx.threaded_runtime import ThreadedRuntime
from maas.adapters.onnx.workers import messages
from maas.adapters.onnx.workers.forks import Forks
from maas.adapters.onnx.workers.pool import Workers
from maas.domain.catalog.versions import Artifact, Tensor
from maas.domain.errors import ModelCrashed, ModelResources, TimedOut, TooLarge
from maas.domain.inference.crashes import IN_A_ROW
from maas.domain.inference.outputs import Form, NotComputable, Wanted
from maas.domain.inference.tensors import Feed, Values
from tests.samples import onnx_files
from tests.support import model_runtimes
from tests.support.model_files import Files, call
from tests.support.outputs import plain

MIB = 1024 * 1024
ENDLESS = [2**62]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class World:
    """A runtime and its pool, with a model that returns what it gets and one that makes as many zeros as it is told."""

    def __init__(self, files: Files, limit: int = 0) -> None:
        self.pool = model_runtimes.workers(files.path, limit)
        self.runtime = OnnxRuntime(self.pool)
        self.same = files.add(onnx_files.same("int64"), "int64", -1)
        self.zeros = files.add(onnx_files.zeros(), "int64", 1)
        self.counter = files.add(onnx_files.counter(), "int64", 1)

    def pid(self, artifact: Artifact) -> int:
        found = self.pool.find(artifact)
        assert found is not None
        return found.pid


async def test_each_model_has_a_process_of_its_own(files: Files) -> None:
    world = World(files)
    for artifact in (world.same, world.zeros, world.same):
        await call(world.runtime, artifact, [1])

    assert len({world.pid(world.same), world.pid(world.zeros), os.getpid()}) == 3
    assert files.reads == 2


async def test_a_kernel_that_does_not_end_is_killed_at_the_deadline(files: Files) -> None:
    artifact = files.add(onnx_files.square_product(), "int64", 2)
    world = World(files)
    await call(world.runtime, artifact, [2, 2])
    pid = world.pid(artifact)

    with pytest.raises(TimedOut):
        await call(world.runtime, artifact, [9000, 9000], seconds=0.3)

    assert plain(await call(world.runtime, artifact, [2, 2])) == {"y": 8.0}
    assert not _runs(pid)  # a new process begins once the memory of the one before is free


async def test_a_crash_is_told_to_its_call_alone(files: Files) -> None:
    world = World(files)
    await call(world.runtime, world.same, [1])
    await call(world.runtime, world.counter, [1])
    kept = world.pid(world.same)

    await _crash(world)

    assert plain(await call(world.runtime, world.counter, [3])) == {"y": [3.0]}
    assert world.pid(world.same) == kept


@pytest.mark.parametrize("kind", [OnnxRuntime, ThreadedRuntime])
async def test_a_process_that_was_killed_between_calls_is_replaced(files: Files, kind: type[OnnxRuntime]) -> None:
    world = World(files)
    runtime = kind(world.pool)
    for value in range(IN_A_ROW + 1):
        assert plain(await call(runtime, world.same, [value])) == {"y": [value]}
        found = world.pool.find(world.same)
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)
        assert select.select([found._socket], [], [], 20)[0]  # its end is closed


async def test_values_that_numpy_refuses_are_no_crash(files: Files) -> None:
    world = World(files)
    await call(world.runtime, world.same, [1])
    pid, wanted = world.pid(world.same), [Wanted(Tensor("y", "int64", (-1,)), Form.RAW)]
    for shape in ((2**63, 0), (2**62, 2**62, 0), (3,)):
        feed = Feed((Values("x", "int64", shape, b""),), "inputs", single=False)
        with pytest.raises(NotComputable):
            await world.runtime.run(world.same, feed, 9, wanted)

    assert world.pid(world.same) == pid


async def test_a_call_whose_caller_has_gone_is_not_run(files: Files) -> None:
    """The caller may go while the model is loaded: nobody is there whom an interruption would meet."""
    world = World(files)
    runtime = OnnxRuntime(world.pool, is_cancelled=lambda: True)
    started = time.monotonic()
    with pytest.raises(TimedOut):
        await call(runtime, world.counter, ENDLESS, seconds=20)
    assert time.monotonic() - started < 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
class TestMemory:
    async def test_values_that_the_process_can_not_hold_are_no_crash(self, files: Files) -> None:
        world = World(files, limit=_own() + 30 * MIB)
        await call(world.runtime, world.same, [1])
        pid, length = world.pid(world.same), 3 * MIB
        feed = Feed((Values("x", "int64", (length,), bytes(8 * length)),), "inputs", single=False)
        for _ in range(IN_A_ROW + 1):
            with pytest.raises(ModelResources):
                await world.runtime.run(world.same, feed, 20, [Wanted(Tensor("y", "int64", (-1,)), Form.RAW)])

        assert plain(await call(world.runtime, world.same, [2])) == {"y": [2]}
        assert world.pid(world.same) == pid

    async def test_values_past_the_limit_are_refused_and_the_next_call_works(self, files: Files) -> None:
        world = World(files, limit=_own() + 300 * MIB)
        await call(world.runtime, world.zeros, [3])
        pid = world.pid(world.zeros)

        for length in (2**27, 2**40):
            with pytest.raises(ModelResources):
                await call(world.runtime, world.zeros, [length])

        assert plain(await call(world.runtime, world.zeros, [2])) == {"y": [0.0, 0.0]}
        assert world.pid(world.zeros) == pid

    async def test_a_run_without_room_gets_that_of_the_other_models(self, files: Files) -> None:
        world = World(files, limit=_own() + 500 * MIB)
        await call(world.runtime, world.same, [1])
        found = world.pool.find(world.same)
        assert found is not None
        found.memory = 400 * MIB

        with pytest.raises(TooLarge, match="outputs have more than"):  # and not for 240 MiB of memory
            await call(world.runtime, world.zeros, [60 * MIB])

        assert found.has_ended

    async def test_room_is_made_before_the_next_load(self, files: Files) -> None:
        world = World(files, limit=_own() + 100 * MIB)
        await call(world.runtime, world.same, [1])
        found = world.pool.find(world.same)
        assert found is not None
        found.memory = 80 * MIB

        await call(world.runtime, world.zeros, [1])

        assert found.has_ended
        assert not _runs(found.pid)


async def test_a_process_of_a_model_has_no_secrets_and_opens_nothing(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    forks = Forks()
    pool = Workers(forks, files.path)
    try:
        artifact = files.add(onnx_files.same("int64"), "int64", -1)
        await call(OnnxRuntime(pool), artifact, [1])
        found = pool.find(artifact)
        assert found is not None
        assert b"hidden" not in Path(f"/proc/{found.pid}/environ").read_bytes()
        assert b"PYTHONPATH" in Path(f"/proc/{found.pid}/environ").read_bytes()
        for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
            assert resource.prlimit(found.pid, kind) == (0, 0)
        assert len([*Path(f"/proc/{found.pid}/task").iterdir()]) == 2  # itself and the watchdog
    finally:
        pool.close()
        forks.close()


async def test_workers_end_with_the_process_that_they_are_forks_of(files: Files) -> None:
    forks = Forks()
    pool = Workers(forks, files.path)
    artifact = files.add(onnx_files.counter(), "int64", 1)
    runtime = OnnxRuntime(pool)
    await call(runtime, artifact, [1])
    found = pool.find(artifact)
    assert found is not None

    forks.close()
    await _until(lambda: not _runs(found.pid))

    assert plain(await call(runtime, artifact, [1])) == {"y": [1.0]}  # in new processes
    pool.close()
    forks.close()


async def test_an_interruption_that_meets_the_answer_spares_the_next_call(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(files)
    await call(world.runtime, world.same, [1])
    found, receive = world.pool.find(world.same), messages.receive
    assert found is not None

    def interrupted(*given: Any) -> Any:
        answer = receive(*given)
        found.interrupt()
        return answer

    monkeypatch.setattr(messages, "receive", interrupted)
    assert plain(await call(world.runtime, world.same, [2])) == {"y": [2]}
    monkeypatch.undo()

    assert found.has_ended
    assert plain(await call(world.runtime, world.same, [3])) == {"y": [3]}


async def _crash(world: World) -> None:
    """Kills the counter's process in the middle of a call."""
    worker = await world.pool.load(world.counter, 20)
    killer = await asyncio.create_subprocess_exec("sh", "-c", f"sleep 0.2; kill -SEGV {worker.pid}")
    with pytest.raises(ModelCrashed, match="the model crashed"):
        await call(world.runtime, world.counter, ENDLESS)
    await killer.wait()


async def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _own() -> int:
    """Returns the bytes of this process and of the one that workers are forks of."""
    forks = model_runtimes.forks()
    with open("/proc/self/statm") as file:  # noqa: PTH123
        resident, shared = map(int, file.read().split()[1:3])
    return (resident - shared) * resource.getpagesize() + forks.resident
