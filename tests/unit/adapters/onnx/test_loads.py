"""Models whose load does not end in time, beside others."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.onnx.workers import pool
from maas.domain.errors import TimedOut
from tests.samples import onnx_files
from tests.samples.hostile_runs import endless_to_load
from tests.support import model_runtimes
from tests.support.model_files import Files, call
from tests.support.outputs import plain


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


async def test_a_load_that_nobody_waits_for_gives_way(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "UNWANTED_MAX", 0.2)
    world = World(files)
    with pytest.raises(TimedOut):
        await call(world.runtime, world.endless, [1], seconds=0.5)

    assert plain(await call(world.runtime, world.same, [1], seconds=15)) == {"y": [1]}


async def test_a_load_that_somebody_waits_for_goes_on(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "UNWANTED_MAX", 0.0)
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
