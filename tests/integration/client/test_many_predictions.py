"""Two thousand predictions at once through one client over real sockets, of which a hundredth meets a fault."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from maas_client import AsyncClient, errors
from maas_client.answers import Prediction
from tests.support import faulty_predictions
from tests.support.client_api import FAST, MODEL_ID
from tests.support.faulty_predictions import SLOW
from tests.support.rounds import FULL

_COUNT, _AT_ONCE = 2000, 64
_PATIENT, _SHORT = 60.0, 1.0  # seconds
# A gate shares its cores, and may take this process off for longer than the bound of a machine of its own.
_LATE = 0.2 if FULL else 5.0


@pytest.fixture
def url() -> Iterator[str]:
    """The address of the server, which ends with the test or after two minutes."""
    command = [sys.executable, "-S", faulty_predictions.__file__, "120"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.terminate()


def _timeout(row: int) -> float:
    """Every tenth caller is in a hurry, and so are those whom the server leaves waiting."""
    return _SHORT if row % 10 == 3 or row % 300 == SLOW else _PATIENT


async def _round(url: str) -> tuple[float, int]:
    """Asks for all rows at once. Returns how late the latest call ended, in seconds, and how many ran out of time."""
    loop = asyncio.get_running_loop()
    async with AsyncClient(url, api_key="k", concurrency=_AT_ONCE, retries=FAST) as client:

        async def ask(row: int) -> tuple[float, bool]:
            started, timeout = loop.time(), _timeout(row)
            try:
                answer = await client.inference.predict(MODEL_ID, [row], timeout=timeout)
            except errors.DeadlineExceeded:
                assert timeout == _SHORT
                return loop.time() - started - timeout, True
            assert isinstance(answer, Prediction)
            assert (answer.prediction, answer.class_name) == (row, f"c{row}")
            return loop.time() - started - timeout, False

        ended = await asyncio.gather(*map(ask, range(_COUNT)))
    return max(late for late, _ in ended), sum(out_of_time for _, out_of_time in ended)


def _stats(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/stats", timeout=20) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


async def test_each_of_2000_answers_belongs_to_its_request_and_no_call_is_late(url: str) -> None:
    slow = len([row for row in range(_COUNT) if row % 300 == SLOW])
    late, out_of_time = await _round(url)
    assert out_of_time >= slow
    assert late <= _LATE
    found = await asyncio.to_thread(_stats, url)
    assert found["most"] <= _AT_ONCE
    assert found["made"] < found["seen"] / 2  # connections are used again


async def test_a_call_that_is_cancelled_or_fails_leaves_the_others_as_they_are(url: str) -> None:
    async with AsyncClient(url, api_key="k", concurrency=4, retries=FAST) as client:

        async def ask(row: int) -> Any:
            return await client.inference.predict(MODEL_ID, [row], timeout=30)

        hanging = [asyncio.create_task(ask(row)) for row in (SLOW, SLOW + 300)]
        others = [asyncio.create_task(ask(row)) for row in range(20)]
        await asyncio.sleep(0.1)
        for task in hanging:
            task.cancel()
        answers = await asyncio.gather(*others)
        ended = await asyncio.gather(*hanging, return_exceptions=True)
    assert [answer.prediction for answer in answers] == [*range(20)]
    assert all(isinstance(each, asyncio.CancelledError) for each in ended)
