"""Workers that can't start, and events that wait for a worker."""

import asyncio
import dataclasses
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from local.errors import StackError
from local.functions.pool import Pool, Throttled
from local.functions.worker import InvocationFailed, WorkerSettings
from local.template.specs import FunctionSpec

HANDLER = """
import os, time
def handler(event, context):
    time.sleep(event.get("sleep", 0))
    return {"pid": os.getpid()}
"""


@pytest_asyncio.fixture
async def pool(tmp_path: Path) -> AsyncIterator[Pool]:
    """A pool of at most one worker and one waiting event."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text(HANDLER)
    spec = FunctionSpec("Probe", "maas-Probe", "arn:probe", code, "app.handler", 5, 128, {}, ())
    settings = WorkerSettings(tmp_path, tmp_path / "scratch", {}, asyncio.Semaphore(1), max_workers=1, queue_limit=1)
    pool = Pool(spec, settings)
    yield pool
    await pool.stop()


async def invoke(pool: Pool, **event: float) -> int:
    pid: int = json.loads(await pool.invoke(json.dumps(event).encode()))["pid"]
    return pid


async def test_warm_raises_for_an_import_error(pool: Pool) -> None:
    (pool.spec.code / "app.py").write_text("import nothing_of_that_name")

    with pytest.raises(StackError, match=r"Probe did not start: .*No module named 'nothing_of_that_name'"):
        await pool.warm()


async def test_a_function_is_started_again_after_a_failed_start(pool: Pool) -> None:
    (pool.spec.code / "app.py").write_text("1 / 0")
    with pytest.raises(InvocationFailed, match="ZeroDivisionError"):
        await invoke(pool)
    (pool.spec.code / "app.py").write_text(HANDLER)

    assert await invoke(pool) > 0


async def test_only_events_beyond_the_queue_limit_are_throttled(pool: Pool) -> None:
    await pool.warm()
    working, waiting = (asyncio.create_task(invoke(pool, sleep=0.3)) for _ in range(2))
    await asyncio.sleep(0.1)

    with pytest.raises(Throttled):
        await invoke(pool)
    assert await working == await waiting


async def test_the_event_of_a_cancelled_caller_is_not_sent(pool: Pool) -> None:
    await pool.warm()
    working = asyncio.create_task(invoke(pool, sleep=0.3))
    await asyncio.sleep(0.1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(invoke(pool, sleep=4), 0.1)
    await working

    async with asyncio.timeout(2):
        assert await invoke(pool) > 0


async def test_a_cancelled_caller_is_told_to_a_function_that_handles_the_signal(pool: Pool, tmp_path: Path) -> None:
    told = tmp_path / "told"
    on_signal = f"import signal\nsignal.signal(signal.SIGUSR1, lambda *_: open({str(told)!r}, 'a').write('x'))\n"
    (pool.spec.code / "app.py").write_text(on_signal + HANDLER)
    pid = await invoke(pool)
    assert not told.exists()

    working = asyncio.create_task(invoke(pool, sleep=0.5))
    await asyncio.sleep(0.2)
    working.cancel()

    assert await invoke(pool) == pid
    assert told.read_text() == "x"


async def test_a_function_without_a_handler_finishes_its_work(pool: Pool) -> None:
    pid = await invoke(pool)
    working = asyncio.create_task(invoke(pool, sleep=0.3))
    await asyncio.sleep(0.1)
    working.cancel()

    assert await invoke(pool) == pid


async def test_a_worker_that_is_not_used_ends_and_the_next_event_starts_another(pool: Pool) -> None:
    first = await invoke(pool)
    await pool.stop_idle()
    assert await invoke(pool) == first

    pool._settings = dataclasses.replace(pool._settings, idle_limit=0.05)
    await asyncio.sleep(0.1)
    await pool.stop_idle()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert await invoke(pool) != first


async def test_a_busy_worker_is_not_idle(pool: Pool) -> None:
    pool._settings = dataclasses.replace(pool._settings, idle_limit=0)
    working = asyncio.create_task(invoke(pool, sleep=0.3))
    await asyncio.sleep(0.2)
    await pool.stop_idle()

    assert await working > 0


async def test_a_flood_of_one_caller_leaves_a_place_for_another(pool: Pool) -> None:
    pool._settings = dataclasses.replace(pool._settings, queue_limit=2)
    flood = [asyncio.create_task(pool.invoke(b"{}", "one")) for _ in range(2)]  # wait for the start of a process
    await asyncio.sleep(0)
    other = asyncio.create_task(pool.invoke(b"{}", "other"))
    await asyncio.sleep(0)

    with pytest.raises(Throttled):
        await flood[1]
    assert pool.waiting == 2
    with pytest.raises(Throttled):
        await pool.invoke(b"{}", "one")
    assert await flood[0] == await other
