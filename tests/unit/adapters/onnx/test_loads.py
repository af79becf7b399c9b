"""Models whose load does not end in time, beside others."""

import asyncio
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import onnx
import pytest

from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.onnx.workers import patience
from maas.adapters.onnx.workers.pool import WORKERS_MAX
from maas.domain.errors import TimedOut
from tests.samples import onnx_files
from tests.samples.hostile_runs import endless_to_load, slow_to_load
from tests.support import model_runtimes
from tests.support.model_files import Files, call
from tests.support.outputs import plain

# To count so far takes a few tenths of a second.
_COUNT = 2**28


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class World:
    """A runtime with a model that is loaded at once, and one whose load does not end."""

    def __init__(self, files: Files) -> None:
        self.pool = model_runtimes.workers(files.path)
        self.runtime = OnnxRuntime(self.pool)
        self.same = files.add(onnx_files.same("int64"), "int64", -1)
        self.endless = files.add(endless_to_load(), "float", 1)


def named(name: str) -> bytes:
    """A small model whose file is like no other one's."""
    model = onnx.load_from_string(onnx_files.same("int64"))
    model.doc_string = name
    return bytes(model.SerializeToString())


async def test_a_load_that_nobody_waits_for_gives_way(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "UNWANTED_MAX", 0.2)
    world = World(files)
    with pytest.raises(TimedOut):
        await call(world.runtime, world.endless, [1], seconds=0.5)

    assert plain(await call(world.runtime, world.same, [1], seconds=15)) == {"y": [1]}


async def test_a_load_that_somebody_waits_for_goes_on(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "UNWANTED_MAX", 0.0)
    world = World(files)
    waits = asyncio.create_task(call(world.runtime, world.endless, [1], seconds=2))
    await asyncio.sleep(0.2)
    with pytest.raises(TimedOut):
        await call(world.runtime, world.same, [1], seconds=1)
    assert not waits.done()
    with pytest.raises(TimedOut):
        await waits


async def test_a_load_that_nobody_waits_for_any_more_does_not_begin(files: Files) -> None:
    world = World(files)
    first = asyncio.create_task(call(world.runtime, world.endless, [1], seconds=2))
    await asyncio.sleep(0.2)
    reads = files.reads
    with pytest.raises(TimedOut):
        await call(world.runtime, world.same, [1], seconds=0.2)
    with pytest.raises(TimedOut):
        await first
    world.pool.close()
    await asyncio.sleep(0.5)
    assert files.reads == reads


async def test_a_load_takes_no_thread_of_other_work(files: Files) -> None:
    world = World(files)
    with ThreadPoolExecutor(1) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        ends = threading.Event()
        other = asyncio.create_task(asyncio.to_thread(ends.wait))
        try:
            assert plain(await call(world.runtime, world.same, [1], seconds=15)) == {"y": [1]}
        finally:
            ends.set()
            await other


async def test_a_model_that_is_always_called_with_a_short_timeout_is_loaded_in_the_end(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside calls of other models, each of which is loaded anew and ends the load that nobody waits for."""
    monkeypatch.setattr(patience, "UNWANTED_MAX", 0.02)
    world = World(files)
    slow = files.add(slow_to_load(_COUNT), "float", 1)
    others = [files.add(named(f"other{number}"), "int64", -1) for number in range(2 * WORKERS_MAX)]
    for other in itertools.islice(itertools.cycle(others), 3000):
        with suppress(TimedOut):
            await call(world.runtime, slow, [1], seconds=0.01)
        if world.pool.find(slow):
            return
        assert plain(await call(world.runtime, other, [1], seconds=200)) == {"y": [1]}
    raise AssertionError("never loaded")
