"""Measures calls past their deadlines: `python -m tests.benchmarks.deadlines`.

One embedded stack runs. A model whose one kernel takes longer than 10 s is called with a deadline of a second: how long
the answer takes, how much processor time its process still uses, and how long the next call takes. Then an organization
calls a model of some milliseconds, in turns alone and beside another one that sends such calls on 8 connections all
the time. The flood comes from another process, which sends prepared requests and reads no answer beyond its status:
clients on other machines take none of the processors that are measured, and Python's threads would take most of one.
Figures are milliseconds.
"""

import json
import multiprocessing
import os
import selectors
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

import psutil

from local.demo.client import Api
from tests.samples.hostile_runs import HOSTILE
from tests.support import stacks

FLOOD, CALLS, ROUNDS, DEADLINE = 8, 150, 5, 1.0
ENDLESS, WORK = 6000, (300, 900)


def timed(call: Callable[[], Any]) -> float:
    """Returns milliseconds."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def predict(api: Api, model_id: str, size: int, seconds: float = 29) -> int:
    path = f"/api/v1/models/{model_id}/predict"
    body = {"features": [size], "timeout": seconds}
    return api.request("POST", path, body, headers={"cache-control": "no-cache"}).status_code


def cpu_seconds() -> float:
    """Returns the processor time of all processes of this one's descendants, the ended ones of our children too."""
    times = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return sum(each.user + each.system for each in times)


def show_one(api: Api, model_id: str) -> None:
    predict(api, model_id, 3)
    answers = []
    for _ in range(5):
        answers.append(timed(lambda: predict(api, model_id, ENDLESS, DEADLINE)))
        nexts = timed(lambda: predict(api, model_id, 3))
        before = cpu_seconds()
        time.sleep(1)
        used = cpu_seconds() - before
    print(f"| answer to a deadline of {DEADLINE:g} s, median and most | {median(answers):.0f}, {max(answers):.0f} |")
    print(f"| next call of the same model | {nexts:.0f} |")
    print(f"| processor time of all processes in the second after it | {used * 1000:.0f} |")


def _request(host: str, token: str, model_id: str, size: int) -> bytes:
    body = json.dumps({"features": [size], "timeout": 29}).encode()
    lines = [
        f"POST /api/v1/models/{model_id}/predict HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {token}",
        "Cache-Control: no-cache",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _flood(url: str, token: str, model_id: str, size: int, stop: Event) -> None:
    address = urlsplit(url)
    request = _request(address.netloc, token, model_id, size)
    with selectors.DefaultSelector() as selector:
        for _ in range(FLOOD):
            connection = socket.create_connection((address.hostname, address.port))
            connection.sendall(request)
            selector.register(connection, selectors.EVENT_READ, connection)
        while not stop.is_set():
            for key, _ in selector.select(1):
                answer = key.data.recv(64 * 1024)  # the gateway writes it at once
                assert answer.startswith(b"HTTP/1.1 200"), answer
                key.data.sendall(request)


@contextmanager
def flood(api: Api, model_id: str, size: int) -> Iterator[None]:
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    process = context.Process(target=_flood, args=(api.url, api.token, model_id, size, stop))
    process.start()
    time.sleep(2)
    try:
        yield
    finally:
        stop.set()
        process.join()
        assert not process.exitcode


def quiet(api: Api, model_id: str, size: int) -> list[float]:
    return [timed(lambda: predict(api, model_id, size)) for _ in range(CALLS)]


def show_flood(api: Api, model_id: str, other: Api, others: str, size: int) -> None:
    alone, beside = list[float](), list[float]()
    quiet(api, model_id, size)
    for _ in range(ROUNDS):
        alone += quiet(api, model_id, size)
        with flood(other, others, size):
            beside += quiet(api, model_id, size)
    for name, percent in (("p50", 50), ("p95", 95)):
        one, both = (quantiles(times, n=100)[percent - 1] for times in (alone, beside))
        print(f"| {size} | {name} | {one:.1f} | {both:.1f} | {both / one:.2f} |")


def main() -> None:
    case = HOSTILE["MatMul"]()
    with tempfile.TemporaryDirectory() as name, stacks.running_stack(Path(name), "embedded") as stack:
        user, other = stack.user(), stack.user()
        model_id, others = user.publish(case.file), other.publish(case.file)
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        print("| what | ms |\n| --- | --- |")
        show_one(other.api, others)
        print(f"\nBeside {FLOOD} connections:\n\n| size of the matrices | | alone | beside | ratio |")
        print("| --- | --- | --- | --- | --- |")
        for size in WORK:
            show_flood(user.api, model_id, other.api, others, size)


if __name__ == "__main__":
    main()
