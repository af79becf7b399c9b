"""Calls whose event no process gets in time, behind a dead process or busy ones, or for which there is no place."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from local.functions.pool import Late, Pool
from local.functions.worker import WorkerSettings
from local.gateway.app import Gateway
from local.gateway.disk import Disk
from local.gateway.metrics import parts
from local.gateway.payload import Response
from local.gateway.peers import Connection, Peers
from local.gateway.reading import Received
from local.template.specs import Application, AuthorizerSpec, CorsSpec, FunctionSpec, RouteSpec
from maas.domain.inference.outputs import TOO_LONG
from tests.support.waiting import until

# A process starts as long as there is a file `held`, and a call runs as long as there is a file `busy`.
HANDLER = """
import json, os, time
here = os.path.dirname(__file__)
def wait(name):
    while os.path.exists(os.path.join(here, name)):
        time.sleep(0.01)
wait("held")
def handler(event, context):
    with open(os.path.join(here, "begun"), "a") as begun:
        begun.write("x")
    wait("busy")
    return {"statusCode": 200, "isAuthorized": True, "body": str(os.getpid())}
"""
PREDICT, INFER, OTHER = "/api/v1/models/m/predict", "/v2/models/m/infer", "/api/v1/models"


@dataclass
class Function:
    """A function of at most one process, for which one event may wait."""

    folder: Path
    pool: Pool = field(init=False)

    def __post_init__(self) -> None:
        code = self.folder / "code"
        code.mkdir(parents=True)
        (code / "app.py").write_text(HANDLER)
        self.code = code
        spec = FunctionSpec("Probe", "maas-Probe", "arn:probe", code, "app.handler", 30, 128, {}, ())
        settings = WorkerSettings(
            self.folder, self.folder / "scratch", {}, asyncio.Semaphore(1), max_workers=1, queue_limit=1
        )
        self.pool = Pool(spec, settings)

    def begun(self) -> int:
        path = self.code / "begun"
        return len(path.read_text()) if path.exists() else 0

    async def pid(self) -> int:
        return int(json.loads(await self.pool.invoke(b"{}"))["body"])

    async def die(self) -> None:
        """Its process ends between two calls, and the next one does not become ready."""
        pid = await self.pid()
        (self.code / "held").touch()
        os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(until, lambda: not self.pool.processes, 30)

    async def fill(self, gateway: Gateway) -> list[asyncio.Task[Response]]:
        """Calls until its process is busy and another call waits. Returns both calls."""
        working = asyncio.create_task(asked(gateway, b"{}"))
        begun = self.begun()
        (self.code / "busy").touch()
        await asyncio.to_thread(until, lambda: self.begun() > begun, 30)
        waiting = asyncio.create_task(asked(gateway, b"{}"))
        await asyncio.to_thread(until, lambda: self.pool.waiting, 30)
        return [working, waiting]

    def recover(self) -> None:
        for name in ("held", "busy"):
            (self.code / name).unlink(missing_ok=True)


@pytest_asyncio.fixture
async def function(tmp_path: Path) -> AsyncIterator[Function]:
    found = Function(tmp_path / "function")
    yield found
    await found.pool.stop()


@pytest_asyncio.fixture
async def authorizer(tmp_path: Path) -> AsyncIterator[Function]:
    found = Function(tmp_path / "authorizer")
    yield found
    await found.pool.stop()


@pytest_asyncio.fixture
async def gateway(tmp_path: Path, function: Function, authorizer: Function) -> AsyncIterator[Gateway]:
    spec = AuthorizerSpec("Token", "Guard", ("authorization",), 0)
    paths = ("/api/v1/models/{model_id}/predict", "/v2/models/{model_id}/infer", OTHER)
    routes = tuple(RouteSpec("POST", path, "Probe", spec) for path in paths)
    application = Application({}, routes, (), (), (), CorsSpec())
    pools = {"Probe": function.pool, "Guard": authorizer.pool}
    found = Gateway(application, pools, tmp_path / "gateway.log", Peers(()), Disk(tmp_path, tmp_path / "reserve"))
    yield found
    found.close()


async def asked(gateway: Gateway, body: bytes, path: str = PREDICT, method: str = "POST") -> Response:
    written: list[Response] = []
    headers = [("host", "localhost"), ("authorization", "t"), ("content-type", "application/json")]
    peer = Connection("127.0.0.1", "127.0.0.1", "80", "http")
    async with asyncio.timeout(120):
        await gateway(Received(method, path, "", "1.1", headers, body, peer), written.append)
    return written[0]


async def counted(gateway: Gateway) -> dict[tuple[str, ...], float]:
    """The predictions by model, version and code, and the number of those that have the phase `queue`."""
    page = (await asked(gateway, b"", "/metrics", "GET")).body.decode()
    samples = [each for family in text_string_to_metric_families(page) for each in family.samples]
    calls: dict[tuple[str, ...], float] = {
        (each.labels["model"], each.labels["version"], each.labels["code"]): each.value
        for each in samples
        if each.name == "maas_predictions_total"
    }
    waits = [
        each.value
        for each in samples
        if each.name == "maas_prediction_seconds_count" and each.labels["phase"] == "queue"
    ]
    return {("queue",): sum(waits), **calls}


@pytest.mark.parametrize("seconds", [0.05, 0.0, -1.0])
async def test_an_event_behind_a_dead_process_waits_until_its_end_alone(function: Function, seconds: float) -> None:
    await function.die()
    with pytest.raises(Late):
        await function.pool.invoke(b"{}", seconds_left=lambda: seconds)
    assert function.pool.waiting == 0

    function.recover()
    assert await function.pid() > 0
    assert function.begun() == 2  # of `die`, and of the last line


async def test_an_event_behind_a_busy_process_waits_until_its_end_alone(function: Function) -> None:
    await function.pid()
    (function.code / "busy").touch()
    working = asyncio.create_task(function.pid())
    await asyncio.to_thread(until, lambda: function.begun() == 2, 30)
    with pytest.raises(Late):
        await function.pool.invoke(b"{}", seconds_left=lambda: 0.05)
    function.recover()

    assert await working == await function.pid()
    assert function.begun() == 3


async def test_an_event_that_a_process_has_is_left_to_it(function: Function) -> None:
    await function.pid()
    (function.code / "busy").touch()
    working = asyncio.create_task(function.pool.invoke(b"{}", seconds_left=lambda: 0.01))
    await asyncio.to_thread(until, lambda: function.begun() == 2, 30)
    function.recover()
    assert json.loads(await working)["statusCode"] == 200


@pytest.mark.parametrize("dead", ["function", "authorizer"])
async def test_a_late_call_is_408_while_its_process_still_starts(
    gateway: Gateway, dead: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    assert (await asked(gateway, b'{"timeout": 50}')).status == 200
    found: Function = request.getfixturevalue(dead)
    await found.die()
    begun = found.begun()

    started = time.perf_counter()
    response = await asked(gateway, b'{"features": [1], "timeout": 0.3}')
    assert time.perf_counter() - started >= 0.3
    problem = json.loads(response.body)
    assert (response.status, problem["status"], problem["code"]) == (408, 408, "timeout")
    assert (problem["message"], problem["detail"]) == ("Request Timeout", TOO_LONG)
    assert json.loads((tmp_path / "gateway.log").read_text().splitlines()[-1])["status"] == 408
    if dead == "function":
        times = dict(parts(dict(response.headers)["server-timing"]))
        assert (times["queue"] > 0, times["total"] >= 0.3) == (True, True)
        assert dict(response.headers)["x-cold-start"] == "false"
        assert await counted(gateway) == {("", "", "timeout"): 1, ("queue",): 1}
    else:  # nobody knows whose it is
        assert "server-timing" not in dict(response.headers)
        assert await counted(gateway) == {("queue",): 0}

    found.recover()
    assert (await asked(gateway, b'{"timeout": 50}')).status == 200
    assert found.begun() == begun + 1


@pytest.mark.parametrize("path", [PREDICT, INFER, OTHER])
async def test_a_call_for_which_there_is_no_place_is_429(gateway: Gateway, function: Function, path: str) -> None:
    calls = await function.fill(gateway)
    refused = await asked(gateway, b"{}", path)
    headers, problem = dict(refused.headers), json.loads(refused.body)
    assert (refused.status, headers["retry-after"]) == (429, "1")
    assert (problem["status"], problem["code"], problem["message"]) == (429, "exhausted", "Too Many Requests")
    assert problem.get("error") == (problem["detail"] if path == INFER else None)
    if path == OTHER:
        assert "server-timing" not in headers
        assert await counted(gateway) == {("queue",): 0}
    else:
        assert (dict(parts(headers["server-timing"]))["infer"], headers["x-cold-start"]) == (0, "false")
        assert await counted(gateway) == {("", "", "exhausted"): 1, ("queue",): 1}

    function.recover()
    assert [each.status for each in await asyncio.gather(*calls)] == [200, 200]


async def test_a_full_queue_of_the_authorizer_is_429_too(gateway: Gateway, authorizer: Function) -> None:
    calls = await authorizer.fill(gateway)
    refused = await asked(gateway, b"{}")
    assert (refused.status, json.loads(refused.body)["code"]) == (429, "exhausted")
    assert await counted(gateway) == {("queue",): 0}

    authorizer.recover()
    await asyncio.gather(*calls)
    assert authorizer.begun() == 2
