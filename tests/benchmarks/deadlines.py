"""Measures calls past their deadlines: `python -m tests.benchmarks.deadlines`.

One embedded stack runs. A model whose one kernel takes longer than 10 s is called with a deadline of a second: how long
the answer takes, how much processor time its process still uses, and how long the next call takes. Then an organization
calls a model of some milliseconds, alone and beside another one that sends such calls on 8 connections all the time.
Figures are milliseconds.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil

from tests.samples.hostile_runs import HOSTILE
from tests.support import stacks
from tests.support.stack_users import User

FLOOD, CALLS, DEADLINE = 8, 150, 1.0
ENDLESS, WORK = 6000, 300


def timed(call: Callable[[], Any]) -> float:
    """Returns milliseconds."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def predict(user: User, model_id: str, size: int, seconds: float = 29) -> int:
    path = f"/api/v1/models/{model_id}/predict"
    body = {"features": [size], "timeout": seconds}
    return user.api.request("POST", path, body, headers={"cache-control": "no-cache"}).status_code


def cpu_seconds() -> float:
    """Returns the processor time of all processes of this one's descendants, the ended ones of our children too."""
    times = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return sum(each.user + each.system for each in times)


def show_one(user: User, model_id: str) -> None:
    predict(user, model_id, 3)
    answers = []
    for _ in range(5):
        answers.append(timed(lambda: predict(user, model_id, ENDLESS, DEADLINE)))
        nexts = timed(lambda: predict(user, model_id, 3))
        before = cpu_seconds()
        time.sleep(1)
        used = cpu_seconds() - before
    print(f"| answer to a deadline of {DEADLINE:g} s, median and most | {median(answers):.0f}, {max(answers):.0f} |")
    print(f"| next call of the same model | {nexts:.0f} |")
    print(f"| processor time of all processes in the second after it | {used * 1000:.0f} |")


@contextmanager
def flood(user: User, model_id: str, size: int) -> Iterator[list[int]]:
    stop, statuses = threading.Event(), list[int]()

    def calls() -> None:
        while not stop.is_set():
            statuses.append(predict(user, model_id, size))

    threads = [threading.Thread(target=calls) for _ in range(FLOOD)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def quiet(user: User, model_id: str) -> float:
    """Returns the 95th percentile of calls one after the other."""
    return quantiles([timed(lambda: predict(user, model_id, WORK)) for _ in range(CALLS)], n=20)[-1]


def main() -> None:
    case = HOSTILE["MatMul"]()
    with tempfile.TemporaryDirectory() as name, stacks.running_stack(Path(name), "embedded") as stack:
        user, other = stack.user(), stack.user()
        model_id, others = user.publish(case.file), other.publish(case.file)
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        print("| what | ms |\n| --- | --- |")
        show_one(other, others)
        predict(user, model_id, WORK)
        alone = quiet(user, model_id)
        with flood(other, others, WORK) as statuses:
            beside = quiet(user, model_id)
        print(f"| p95 of an organization alone | {alone:.1f} |")
        print(f"| p95 beside {FLOOD} connections of another one ({len(statuses)} calls) | {beside:.1f} |")
        print(f"| ratio | {beside / alone:.2f} |")


if __name__ == "__main__":
    main()
