"""Create, get and list models beside MLflow: `python -m tests.benchmarks.beside_mlflow [MLFLOW]`.

Both servers run as they start by default: the stack of `./local/up` on the stores that are there, and MLflow's with its
workers on SQLite. They are called over HTTP from this process in turns, in 5 rounds. MLFLOW is the `mlflow` program to
compare with, by default the one on PATH. ACKNOWLEDGE=at-once leaves out the time that MLflow's answers wait for the
client's TCP.
"""

import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.benchmarks import mlflow_reads
from tests.benchmarks.http_bursts import Burst, Call, burst
from tests.support.stack_users import MODELS
from tests.support.stacks import RunningStack, running_stack

PAGE = 50
CONNECTIONS = (1, 8)
SECONDS, ROUNDS, WARM_UP = 1.5, 5, 2.0
# The share of MLflow's time that a create may take, and how many times MLflow's rate the others must reach.
CREATE_MOST, READ_LEAST = 1 / 3, 5.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A server that is measured, with its calls."""

    name: str
    port: int
    calls: dict[str, Callable[[], Call]]


def ours(stack: RunningStack) -> Subject:
    user = stack.user()
    port, token = urlsplit(stack.url).port, {"authorization": f"Bearer {user.api.token}"}
    model_id, *_ = [user.model() for _ in range(PAGE)]
    assert port
    names = itertools.count()
    return Subject(
        "MaaS",
        port,
        {
            "create": lambda: Call("POST", MODELS, {"name": f"model {next(names)}", "framework": "onnx"}, token),
            "get": lambda: Call("GET", f"{MODELS}/{model_id}", headers=token),
            "list": lambda: Call("GET", f"{MODELS}?limit={PAGE}", headers=token, items="items", expected=PAGE),
        },
    )


def theirs(server: mlflow_reads.Mlflow) -> Subject:
    api, items, names = mlflow_reads.API, "registered_models", itertools.count()
    calls = {
        "create": lambda: Call("POST", f"{api}/create", {"name": f"model {next(names)}", "description": ""}),
        "get": lambda: Call("GET", f"{api}/get?name=iris"),
        "list": lambda: Call("GET", f"{api}/search?max_results={PAGE}", items=items, expected=PAGE),
    }
    connection = HTTPConnection("127.0.0.1", server.port)
    for _ in range(PAGE):
        calls["create"]().send(connection)
    return Subject(f"MLflow {server.version}", server.port, calls)


def measure(subjects: list[Subject]) -> dict[tuple[str, int], list[list[Burst]]]:
    """The bursts of each round, one of each subject, by call and number of connections."""
    kinds = [(call, callers) for call in subjects[0].calls for callers in CONNECTIONS]
    found: dict[tuple[str, int], list[list[Burst]]] = {kind: [] for kind in kinds}
    for subject in subjects:
        for make in subject.calls.values():
            burst(subject.port, max(CONNECTIONS), WARM_UP, make)
    for number in range(ROUNDS):
        order = 1 if number % 2 else -1
        for call, callers in kinds:
            bursts = [burst(each.port, callers, SECONDS, each.calls[call]) for each in subjects[::order]]
            found[call, callers].append(bursts[::order])
    return found


def show(subjects: list[Subject], found: dict[tuple[str, int], list[list[Burst]]]) -> None:
    print(f"| call | connections | {' | '.join(f'{each.name}, ms | calls/s' for each in subjects)} | ratio | goal |")
    print("| --- " * (4 + 2 * len(subjects)) + "|")
    for (call, callers), rounds in found.items():
        times = [median(each for bursts in rounds for each in bursts[index].times) * 1000 for index in (0, 1)]
        rates = [median(bursts[index].rate for bursts in rounds) for index in (0, 1)]
        cells = [f"{time:.1f} | {rate:.0f}" for time, rate in zip(times, rates, strict=True)]
        if call == "create":
            ratio, goal = f"{times[0] / times[1]:.2f} of the time", f"at most {CREATE_MOST:.2f}"
        else:
            ratio, goal = f"{rates[0] / rates[1]:.1f} times the rate", f"at least {READ_LEAST:g}"
        print(f"| {call} | {callers} | {' | '.join(cells)} | {ratio} | {goal} |")


def main() -> None:
    program = sys.argv[1] if len(sys.argv) > 1 else shutil.which("mlflow")
    assert program, "mlflow is not on PATH"
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        stack = running.enter_context(running_stack(folder))
        server = running.enter_context(mlflow_reads.mlflow(program, workers=None))
        print(f"tables on {stack.ready['table_store_kind']}", flush=True)
        subjects = [ours(stack), theirs(server)]
        show(subjects, measure(subjects))


if __name__ == "__main__":
    main()
