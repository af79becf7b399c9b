"""Measures how fast bad predictions are refused: `python -m tests.benchmarks.bad_input`.

An embedded stack gets each request of tests/samples/bad_predictions.py over HTTP, in ROUNDS rounds and one at a time.
Each must be answered by a 4xx. Times are milliseconds of the client. Memory is what the function's processes have after
the first round, which has loaded what there is to load, and after the last one.
"""

import os
import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx2
import psutil

from tests.samples.bad_predictions import CASES, INFER, PREDICT, ROW, Bad, tensor
from tests.samples.onnx_files import larger_column
from tests.support.stacks import RunningStack, running_stack

ROUNDS = 11
GOAL = 100.0
MIB = 1024 * 1024


def refused(client: httpx2.Client, path: str, model_id: str, case: Bad) -> float:
    """Sends a bad request, and returns the milliseconds until its answer."""
    headers = {"content-type": "application/json", **case.sent_headers}
    started = time.perf_counter()
    answer = client.post(case.target(path, model_id), content=case.content, headers=headers)
    milliseconds = (time.perf_counter() - started) * 1000
    assert 400 <= answer.status_code < 500, (case, answer.status_code, answer.text[:200])
    return milliseconds


def memory(stack: RunningStack) -> float:
    """MiB of the inference function's processes and of their children."""
    every = psutil.Process(stack.ready["pid"]).children(recursive=True)
    own = [each for each in every if each.environ().get("POWERTOOLS_SERVICE_NAME") == "inference"]
    found = {each.pid: each for parent in own for each in (parent, *parent.children(recursive=True))}
    return sum(each.memory_info().rss for each in found.values()) / MIB


def main() -> None:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name, running_stack(Path(name), "embedded") as stack:
        user = stack.user()
        model_id = user.publish(larger_column())
        client = httpx2.Client(
            base_url=f"http://{urlsplit(stack.url).netloc}",
            headers={"authorization": f"Bearer {user.api.token}"},
            timeout=30,
            trust_env=False,
        )
        good = (PREDICT, Bad({"features": ROW})), (INFER, Bad(tensor()))
        for path, case in good:
            answer = client.post(case.target(path, model_id), content=case.content)
            assert answer.status_code == 200, answer.text
        times: dict[str, list[float]] = {each: [] for _, each, _ in CASES}
        first = 0.0
        for number in range(ROUNDS):
            for path, each, case in CASES:
                times[each].append(refused(client, path, model_id, case))
            first = first or memory(stack)
            print(f"round {number + 1} of {ROUNDS}", flush=True)
        last = memory(stack)
    medians = {each: median(found) for each, found in times.items()}
    late = {each: round(found) for each, found in medians.items() if found > GOAL}
    worst = sorted(medians, key=lambda each: medians[each], reverse=True)[:5]
    every = sorted(each for found in times.values() for each in found)
    print(f"load of the machine before it: {load:.1f} on {os.cpu_count()} cores")
    print(
        f"{len(CASES)} requests, {ROUNDS} times each; p50 {median(every):.1f} ms, p99 {every[-len(every) // 100]:.1f}"
    )
    print(f"medians over {GOAL:g} ms: {late or 'none'}; memory {first:.0f} MiB after the first round, {last:.0f} then")
    print("| slowest | median, ms | most, ms |\n| --- | --- | --- |")
    for each in worst:
        print(f"| {each} | {medians[each]:.1f} | {max(times[each]):.1f} |")


if __name__ == "__main__":
    main()
