"""Two thousand predictions at once through one client, while some requests are reset, refused or slow."""

import asyncio
import json
import random
from typing import Any

import httpx2

from maas_client import errors
from maas_client.answers import Prediction
from tests.support.client_api import MODEL_ID, FakeApi, problem

_COUNT, _AT_ONCE, _DEADLINE, _LATE = 2000, 64, 5.0, 0.2
_SLOW = 0.3  # seconds
_FAULTS = (0.01, 0.02, 0.03)  # resets, refusals and slow answers, each a hundredth of all


class Server:
    """Answers with the row's own number, or with a fault. `most` is how many requests were under way at once."""

    def __init__(self) -> None:
        self.random = random.Random(7)
        self.under_way = self.most = self.faults = 0

    async def __call__(self, request: httpx2.Request) -> Any:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0)
            return await self._answer(json.loads(request.content)["features"][0])
        finally:
            self.under_way -= 1

    async def _answer(self, row: int) -> Any:
        drawn = self.random.random()
        self.faults += drawn < _FAULTS[-1]
        if drawn < _FAULTS[0]:
            return httpx2.ReadError("reset")
        if drawn < _FAULTS[1]:
            return problem(503, "unavailable", headers={"retry-after": "0"})
        if drawn < _FAULTS[2]:
            await asyncio.sleep(_SLOW)
        shared = {"class_name": None, "model_id": MODEL_ID, "version": "1.0.0", "cached": False, "duration_ms": 1.0}
        return {"prediction": row, "outputs": {}, **shared}


async def test_each_of_2000_answers_belongs_to_its_request_and_none_is_late() -> None:
    server = Server()
    loop = asyncio.get_running_loop()
    async with FakeApi(server).client(concurrency=_AT_ONCE) as client:

        async def ask(row: int) -> float:
            started = loop.time()
            try:
                answer = await client.inference.predict(MODEL_ID, [row], timeout=_DEADLINE)
            except errors.DeadlineExceeded:
                return loop.time() - started
            assert isinstance(answer, Prediction)
            assert answer.prediction == row
            return loop.time() - started

        took = await asyncio.gather(*map(ask, range(_COUNT)))
    assert max(took) <= _DEADLINE + _LATE
    assert server.most == _AT_ONCE
    assert server.faults > _COUNT * 0.02


async def test_a_call_with_a_short_deadline_ends_in_time_among_many() -> None:
    async def slow(_: httpx2.Request) -> Any:
        await asyncio.sleep(30)

    loop = asyncio.get_running_loop()
    async with FakeApi(slow).client(concurrency=_AT_ONCE) as client:
        started = loop.time()
        calls = (client.inference.predict(MODEL_ID, [row], timeout=0.5) for row in range(500))
        found = await asyncio.gather(*calls, return_exceptions=True)
        took = loop.time() - started
    assert all(isinstance(each, errors.DeadlineExceeded) for each in found)
    assert took < 0.5 + 1.0  # 500 calls begin and end in it, on a machine that has other work
