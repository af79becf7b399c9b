"""Predictions over HTTP beside MLServer: `python -m tests.benchmarks.beside_mlserver PYTHON`.

PYTHON is the interpreter of an environment with `mlserver` and `mlserver-sklearn`. Both serve the same random forest of
the iris data: MLServer as scikit-learn's object, without parallel workers, and the embedded stack as ONNX. They are
called over HTTP from this process in turns, in 5 rounds, with other values in each call. The cached call has always the
same ones.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.benchmarks.http_bursts import Burst, Call, burst
from tests.benchmarks.mlserver_process import mlserver
from tests.samples.hostile_onnx import iris_model
from tests.support.stacks import RunningStack, running_stack

CONNECTIONS = (1, 8)
SECONDS, ROUNDS, WARM_UP = 1.5, 5, 2.0
_TRAIN = """
import joblib, sys
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
features, species = load_iris(return_X_y=True)
joblib.dump(RandomForestClassifier(n_estimators=10, random_state=0).fit(features, species), sys.argv[1])
"""
Make = Callable[[], Call]


def write_model(python: str, folder: Path) -> None:
    """Trains the model `iris`, and writes it for MLServer."""
    subprocess.run([python, "-c", _TRAIN, str(folder / "model.joblib")], check=True)
    settings = {
        "name": "iris",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": "model.joblib"},
    }
    (folder / "model-settings.json").write_text(json.dumps(settings))


def theirs() -> Make:
    numbers = itertools.count()

    def make() -> Call:
        data = [float(next(numbers)), 3.5, 1.4, 0.2]
        tensor = {"name": "x", "shape": [1, 4], "datatype": "FP64", "data": data}
        return Call("POST", "/v2/models/iris/infer", {"inputs": [tensor]})

    return make


def ours(stack: RunningStack) -> tuple[int, dict[str, Make]]:
    user = stack.user()
    model_id, numbers = user.publish(iris_model()), itertools.count()
    path, token = f"/api/v1/models/{model_id}/predict", {"authorization": f"Bearer {user.api.token}"}
    port = urlsplit(stack.url).port
    assert port
    return port, {
        "MaaS": lambda: Call("POST", path, {"features": [float(next(numbers)), 3.5, 1.4, 0.2]}, token),
        "MaaS, cached": lambda: Call("POST", path, {"features": [5.1, 3.5, 1.4, 0.2]}, token),
    }


def main() -> None:
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        (folder / "mlserver").mkdir()
        port, calls = ours(running.enter_context(running_stack(folder, "embedded")))
        write_model(sys.argv[1], folder / "mlserver")
        other, _ = running.enter_context(mlserver(sys.argv[1], folder / "mlserver", ["iris"]))
        subjects = {name: (port, make) for name, make in calls.items()} | {"MLServer": (other, theirs())}
        found: dict[tuple[str, int], list[Burst]] = {(n, c): [] for n in subjects for c in CONNECTIONS}
        for server, make in subjects.values():
            burst(server, max(CONNECTIONS), WARM_UP, make)
        for number, (callers, name) in itertools.product(range(ROUNDS), itertools.product(CONNECTIONS, subjects)):
            del number
            server, make = subjects[name]
            found[name, callers].append(burst(server, callers, SECONDS, make))
    print("| server | connections | p50, ms | calls/s |\n| --- | --- | --- | --- |")
    for (name, callers), bursts in found.items():
        times = median(each for one in bursts for each in one.times) * 1000
        print(f"| {name} | {callers} | {times:.2f} | {median(one.rate for one in bursts):.0f} |")


if __name__ == "__main__":
    main()
