"""Requests with one idempotency key have one effect: at once, after crashes at each step, and after kill -9."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from itertools import cycle, islice
from threading import local

import pytest

from local.paths import ROOT
from maas.domain.clock import now
from maas.domain.ids import new_id
from tests.support.http_gateway import Gateway, Reply
from tests.support.keyed_requests import Clock
from tests.support.killed_requests import STEPS, Die, function, send
from tests.support.rounds import FULL
from tests.support.table_engines import Tables

RACERS, RACES = 50, 5 if FULL else 1
CRASHES, KILLS = (200, 200) if FULL else (20, 3)
# A kill in these steps leaves an effect, or a record, behind.
KILL_STEPS = ("after commit", "before replace", "after add")
pytestmark = pytest.mark.timeout(1800 if FULL else 300)


class Crash(BaseException):
    """Ends a request like a kill: none of our handlers of exceptions sees it. Mangum answers it as 500."""


def never(_: str) -> None:
    """Lets a request go on."""


class World:
    """One organization and its model on the tables under test."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.tenant = new_id()
        self.clock = Clock()
        made = self.function()("POST", "/api/v1/models", {"name": "iris", "framework": "onnx"})
        self.model_id = made.json["id"]

    def function(self, die: Die = never) -> Gateway:
        """A models function of its own, with its own event loop and clients, like another process."""
        return function(self._tables.endpoint, self._tables.table, self._tables.keys, self.tenant, die, self.clock)

    def kill(self, step: str, key: str) -> int:
        """Sends a request from a process that is killed at the step. Returns its exit status."""
        stores = (self._tables.endpoint, self._tables.table, self._tables.keys)
        module = [sys.executable, "-m", "tests.support.killed_requests"]
        done = subprocess.run(
            [*module, *stores, self.tenant, step, self.model_id, key],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
            timeout=60,
        )
        return done.returncode

    def versions(self) -> int:
        """The number of the model's versions."""
        path, total, more = f"/api/v1/models/{self.model_id}/versions?limit=100", 0, ""
        while True:
            page = self.function()("GET", path + more).json
            total += len(page["items"])
            if not page["next_cursor"]:
                return total
            more = f"&cursor={page['next_cursor']}"


@pytest.fixture
def world(tables: Tables) -> World:
    return World(tables)


def test_fifty_equal_requests_at_once_have_one_effect(world: World) -> None:
    own, functions = local(), [world.function() for _ in range(RACERS)]
    for each in functions:  # FastAPI builds routes at their first use, which is not safe in many threads at once
        assert each("GET", f"/api/v1/models/{world.model_id}/versions").status == 200

    def start(loops: ExitStack) -> None:
        asyncio.set_event_loop(loops.enter_context(closing(asyncio.new_event_loop())))
        own.function = functions.pop()

    def request(key: str) -> Reply:
        return send(own.function, world.model_id, key)

    with ExitStack() as loops, ThreadPoolExecutor(RACERS, initializer=lambda: start(loops)) as threads:
        for number in range(RACES):
            replies = list(threads.map(request, [f"race-{number}"] * RACERS))
            made = {reply.text for reply in replies if reply.status == 201}
            others = [reply for reply in replies if reply.status != 201]
            assert len(made) == 1
            assert {(reply.status, reply.json["code"]) for reply in others} <= {(409, "in_progress")}
            assert all(int(reply.headers["retry-after"]) >= 1 for reply in others)
            again = send(world.function(), world.model_id, f"race-{number}")
            assert (again.text, again.headers["idempotency-replayed"]) == (made.pop(), "true")
    assert world.versions() == RACES


def test_a_request_that_crashed_at_any_step_has_one_effect_after_its_repeat(world: World) -> None:
    step, crashed = "", Counter[str]()

    def crash(reached: str) -> None:
        if reached == step:
            crashed[step] += 1
            raise Crash

    gateway = world.function(crash)
    for number, first in enumerate(islice(cycle(STEPS), CRASHES)):
        for chosen in (first, random.choice(STEPS)):
            step = chosen
            send(gateway, world.model_id, f"crash-{number}")
            world.clock.now += timedelta(seconds=30)
        step = ""
        made = send(gateway, world.model_id, f"crash-{number}")
        assert made.status == 201
        again = send(gateway, world.model_id, f"crash-{number}")
        assert (again.status, again.text, again.headers["idempotency-replayed"]) == (201, made.text, "true")
    assert set(crashed) == set(STEPS)
    assert world.versions() == CRASHES


def test_a_killed_request_has_one_effect_after_its_repeat(world: World) -> None:
    for number, step in enumerate(islice(cycle(KILL_STEPS), KILLS)):
        key = f"kill-{number}"
        assert world.kill(step, key) == -signal.SIGKILL
        assert world.versions() == number + (step != "after add")
        world.clock.now = now()
        waiting = send(world.function(), world.model_id, key)
        assert (waiting.status, waiting.json["code"]) == (409, "in_progress")
        world.clock.now += timedelta(seconds=int(waiting.headers["retry-after"]))
        made = send(world.function(), world.model_id, key)
        assert made.status == 201
        assert send(world.function(), world.model_id, key).text == made.text
        assert world.versions() == number + 1
