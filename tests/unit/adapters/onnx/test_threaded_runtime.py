"""Models of several calls at once: none blocks the event loop, and a call that is cancelled leaves the processor."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maas.adapters.onnx.threaded_runtime import ThreadedRuntime
from maas.adapters.onnx.workers.pool import Workers
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import TimedOut
from tests.samples import onnx_files
from tests.support import model_runtimes
from tests.support.model_files import Files, call
from tests.support.outputs import plain

ENDLESS = 2**62


class World:
    """A model that counts, for ever if it is asked to, and one that answers at once."""

    def __init__(self, folder: Path) -> None:
        files = Files(folder)
        self.pool: Workers = model_runtimes.workers(files.path, 0)
        self.runtime = ThreadedRuntime(self.pool)
        self.counter: Artifact = files.add(onnx_files.counter(), "int64", 1)
        self.same: Artifact = files.add(onnx_files.same("int64"), "int64", -1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    yield found
    found.pool.close()


async def test_a_model_that_takes_long_does_not_delay_another(world: World) -> None:
    await call(world.runtime, world.same, [1])
    slow = asyncio.create_task(call(world.runtime, world.counter, [ENDLESS], 3))
    await asyncio.sleep(0.5)
    started = time.monotonic()

    answers = await asyncio.gather(*(call(world.runtime, world.same, [number]) for number in range(8)))

    assert [plain(each) for each in answers] == [{"y": [number]} for number in range(8)]
    assert time.monotonic() - started < 2
    with pytest.raises(TimedOut):
        await slow


async def test_a_call_that_waits_for_another_ends_with_its_deadline(world: World) -> None:
    slow = asyncio.create_task(call(world.runtime, world.counter, [ENDLESS], 3))
    await asyncio.sleep(0.5)

    with pytest.raises(TimedOut):
        await call(world.runtime, world.counter, [1], 0.2)

    assert not slow.done()
    with pytest.raises(TimedOut):
        await slow


async def test_a_cancelled_call_ends_its_process_and_the_next_works(world: World) -> None:
    await call(world.runtime, world.counter, [1])
    worker = world.pool.find(world.counter)
    assert worker
    slow = asyncio.create_task(call(world.runtime, world.counter, [ENDLESS], 60))
    await asyncio.sleep(0.3)

    slow.cancel()
    started = time.monotonic()
    await asyncio.wait([slow])

    assert slow.cancelled()
    assert time.monotonic() - started < 2
    assert worker.has_ended
    assert plain(await call(world.runtime, world.counter, [3])) == {"y": [3]}
    assert not Path(f"/proc/{worker.pid}").exists()


async def test_runs_take_no_thread_of_other_work(world: World) -> None:
    """Credentials are checked in asyncio's threads, which are few."""
    await call(world.runtime, world.same, [1])
    with ThreadPoolExecutor(1) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        slow = asyncio.create_task(call(world.runtime, world.counter, [ENDLESS], 2))
        await asyncio.sleep(0.5)
        started = time.monotonic()
        assert await asyncio.to_thread(lambda: 7) == 7
        assert time.monotonic() - started < 1
        with pytest.raises(TimedOut):
            await slow
