"""A stack of this machine with two versions of a model, calls of them, feedback and a rollout: what pictures show."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx2
import numpy as np
from sklearn.datasets import load_iris

from maas_client import Client
from maas_client.errors import InvalidInput
from tools.docs_pictures import terminal
from tools.docs_pictures.terminal import CommandFailed

ROOT = Path(__file__).resolve().parents[2]
_START, _FLUSH, _PAUSE, _SEED = 180.0, 45.0, 0.1, 7
# Seconds after which the calls of all processes are counted.
_COUNTED = 3.0
NAMES = ("sepal length", "sepal width", "petal length", "petal width")
_TRAIN = """
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

iris = load_iris()
simple = LogisticRegression(max_iter=500).fit(iris.data[::2], iris.target[::2])
forest = RandomForestClassifier(n_estimators=15, random_state=7).fit(iris.data[::2], iris.target[::2])
"""
_METADATA = json.dumps({"feature_names": NAMES, "class_names": ["setosa", "versicolor", "virginica"]})
_PUSHED = f"--example flowers.csv --metadata '{_METADATA}' --publish"
# What has to be there before pictures are made. The first lines log in.
_STORY = (
    "maas config set api-url $GATEWAY",
    "maas config set credentials file",
    'echo "$PASSWORD" | maas auth login --email "$EMAIL" --password-stdin',
    "maas models create iris --framework sklearn --description 'Tells irises apart.' --tag botany",
    f"maas push train.py:simple iris:1.0.0 {_PUSHED} --baseline flowers.csv",
    f"maas push train.py:forest iris:1.1.0 {_PUSHED} --changelog 'A forest.'",
    "maas alias set iris production 1.0.0 --reason 'First release'",
)


@dataclass
class World:
    """A running stack. `shell` has the variables of commands, `folder` is where they run."""

    ready: dict[str, Any]
    folder: Path
    shell: dict[str, str]

    def prints(self, line: str) -> str:
        """Returns what a line of bash prints, without what belongs to this machine. Raises CommandFailed."""
        places = {
            self.shell["DATA"]: ".maas/data",
            str(self.folder): "~",
            str(ROOT): ".",
            self.shell["PASSWORD"]: "…",
            self.shell["EMAIL"]: "ada@example.com",
        }
        return terminal.cleaned(terminal.run(line, self.folder, self.shell), places)

    def does(self, line: str) -> None:
        """Runs a line that must succeed. Raises CommandFailed."""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.shell,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandFailed(f"{line}: {done.stderr}")

    @contextmanager
    def client(self) -> Iterator[Client]:
        with Client(self.ready["gateway"]) as client:
            client.auth.login(self.shell["EMAIL"], self.shell["PASSWORD"])
            yield client


@contextmanager
def running(folder: Path) -> Iterator[World]:
    """Starts a stack that keeps nothing, builds the world in it, and yields it."""
    with _stack(folder) as ready:
        pinned = f"{_organization(ready)}/iris@production"
    with _stack(folder, "--dashboards", "--pinned", pinned) as ready:
        world = _world(ready, folder)
        _build(world)
        yield world


@contextmanager
def _stack(folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    ready_file = folder / "ready.json"
    ready_file.unlink(missing_ok=True)
    data = ["--data", str(folder / "data")]
    command = [sys.executable, "-m", "local", "up", *data, "--ready-file", str(ready_file), *options]
    with (folder / "up.log").open("wb") as log:
        stack = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _wait(ready_file, stack)
            yield json.loads(ready_file.read_text())
        finally:
            stack.send_signal(signal.SIGINT)
            stack.wait(60)


def _wait(ready_file: Path, stack: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _START
    while not ready_file.exists():
        if stack.poll() is not None or time.monotonic() > end:
            raise CommandFailed("the stack does not start: see up.log beside the pictures' folder")
        time.sleep(0.2)


def _world(ready: dict[str, Any], folder: Path) -> World:
    work = folder / "work"
    work.mkdir()
    user = ready["user"]
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL") if name in os.environ}
    shell = {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{ROOT}/layers/shared/python:{ROOT}/clients/python/src",
        "PYTHONWARNINGS": "ignore",
        "MAAS_CONFIG_DIR": str(folder / "config"),
        "MAAS_CACHE_DIR": str(folder / "cache"),
        "GATEWAY": ready["gateway"],
        "TOKEN": _token(ready),
        "EMAIL": user["email"],
        "PASSWORD": user["password"],
        "CHECKOUT": str(ROOT),
        "DATA": str(folder / "data"),
    }
    return World(ready, work, shell)


def _build(world: World) -> None:
    iris = load_iris()
    head = ",".join(NAMES)
    lines = [",".join(map(str, row)) for row in iris.data]
    (world.folder / "train.py").write_text(_TRAIN)
    (world.folder / "flowers.csv").write_text("\n".join([head, *lines]) + "\n")
    (world.folder / "three.csv").write_text("\n".join([head, lines[0], lines[60], lines[120]]) + "\n")
    (world.folder / "model.pkl").write_bytes(pickle.dumps({"weights": [1, 2, 3]}))
    for line in _STORY:
        world.does(line)
    with world.client() as client:
        _call(client, iris.data, iris.target)
        _roll_out(client, world)
        _go_on(client, iris.data)


def _token(ready: dict[str, Any]) -> str:
    """Logs the printed user in, and returns the token."""
    body = {"email": ready["user"]["email"], "password": ready["user"]["password"]}
    answer = httpx2.post(f"{ready['gateway']}/api/v1/auth/login", json=body, trust_env=False)
    return str(answer.raise_for_status().json()["access_token"])


def _organization(ready: dict[str, Any]) -> str:
    headers = {"authorization": f"Bearer {_token(ready)}"}
    answer = httpx2.get(f"{ready['gateway']}/api/v1/users/me", headers=headers, trust_env=False)
    return str(answer.raise_for_status().json()["tenant_id"])


def _call(client: Client, rows: Any, classes: Sequence[int]) -> None:
    """Calls both versions: with feedback one by one, and 1.0.0 with petals that are longer than in the baseline."""
    random = np.random.default_rng(_SEED)
    for version in ("1.0.0", "1.1.0"):
        chosen = random.permutation(len(rows))[:80]
        for at in chosen:
            client.inference.predict("iris", rows[at].tolist(), version=version, key=f"{version}-{at}")
        items = [
            {"key": f"{version}-{at}", "label": int(classes[at] if random.random() > 0.05 else (classes[at] + 1) % 3)}
            for at in chosen
        ]
        client.feedback.send_many("iris", items)
    for _ in range(3):
        shifted = rows + random.normal(0, 0.05, rows.shape) + [0, 0, 1.5, 0.1]
        client.inference.predict_batch("iris", shifted.tolist(), version="1.0.0")


def _roll_out(client: Client, world: World) -> None:
    """Rolls 1.1.0 out in four steps, calls the alias in each, and has the last one judged before it is promoted."""
    steps = [(5, 60), (25, 60), (50, 60), (100, 60)]
    client.rollouts.start("iris", "production", "1.1.0", steps=steps, sticky_by="header:x-user")
    for change in ("advance", "advance", "advance", "promote"):
        for call in range(60):
            client.inference.predict("iris", [6.3, 3.3, 6.0, 2.5 + call / 1000], version="production")
            time.sleep(_PAUSE)
        if change == "promote":
            _judged(client, world)
        client.rollouts.change("iris", "production", change)


def _judged(client: Client, world: World) -> None:
    """Has the judge look once the figures of all calls are there. Raises CommandFailed if it does not."""
    time.sleep(_COUNTED)
    began, keys, end = datetime.now(UTC), world.ready["credentials"], time.monotonic() + _START
    session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=keys["AWS_REGION"])
    queues = session.client("sqs", endpoint_url=world.ready["aws"])
    queues.send_message(QueueUrl=world.ready["queues"]["JudgeQueue"], MessageBody='{"look": "all"}')
    while not (found := client.rollouts.get("iris", "production").judgement) or found.at < began:
        if time.monotonic() > end:
            raise CommandFailed("the judge does not look at the rollout")
        time.sleep(0.2)


def _go_on(client: Client, rows: Any) -> None:
    """Calls both versions until the figures of all processes are there, a tenth of the calls with too few values."""
    end, call = time.monotonic() + _FLUSH, 0
    while time.monotonic() < end:
        row = rows[call % len(rows)].tolist()
        with suppress(InvalidInput):
            client.inference.predict("iris", row[: 3 if call % 10 == 0 else 4], version=f"1.{call % 2}.0")
        time.sleep(_PAUSE)
        call += 1
