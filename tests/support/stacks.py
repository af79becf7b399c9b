"""The stack under test: started on this machine with `local up`, or already running at a given address."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx2
from redis import Redis

from local.demo.client import Api, http_client
from maas.security.keyring import Keyring
from maas.security.tokens import Key
from tests.support.rounds import FULL
from tests.support.stack_users import User
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
# The options of `local up` for each kind of stack. `open` uses moto for everything and a registry that needs no token.
OPTIONS = {"embedded": (), "open": ("--s3", "moto", "--tables", "moto", "--registry-auth", "off"), "sam": ("--sam",)}
_ADDRESSES = {"s3": "s3", "dynamodb": "table_store"}  # names in the ready file; of every other service, aws
ADDRESS = "address"
# Kinds for tests of what Lambda's containers alone can show: layers, handlers, environment and the registry's image.
BOTH = ("embedded", "sam")
# Kinds for all other tests. Both run the same functions behind the same gateway, but with SAM each call takes longer
# and a start takes a minute, so these tests run there on request.
STARTED = BOTH if FULL else ("embedded",)
# In seconds. The first start with SAM builds every layer and the registry's image.
START = {"embedded": 90.0, "open": 90.0, "sam": 600.0}
_STOP = 60.0
# Options with which unused files are removed after seconds, and not after an hour.
REMOVING = ("--parameter", "RemovalGrace=2")
# A container's first process is Docker's init, which can't forward a signal that no process can catch.
_STALL = {Signals.SIGSTOP: "pause", Signals.SIGCONT: "unpause"}


@dataclass(frozen=True)
class Call:
    """One request to the API, as the client saw it; `path` is below the stack's URL."""

    method: str
    path: str
    status: int
    sent_bytes: int


@dataclass
class RunningStack:
    """A stack. `ready` is the content of its --ready-file; of a stack at an address, it has `gateway` only."""

    kind: str
    ready: dict[str, Any]
    ready_file: Path
    http: httpx2.Client
    users: list[User] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http.event_hooks = {"response": [self._record]}

    @property
    def url(self) -> str:
        return str(self.ready["gateway"])

    def anonymous(self) -> Api:
        return Api(self.url, self.http)

    def user(self, scope: str | None = None) -> User:
        """Registers a user in a new tenant and logs in."""
        self.users.append(User.register(self.anonymous(), scope, Path(self.ready.get("mailbox", ""))))
        return self.users[-1]

    def client(self, service: Any) -> Any:
        """Returns a boto3 client for the services behind the API."""
        keys = self.ready["credentials"]
        session = boto3.Session(
            keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=keys["AWS_REGION"]
        )
        return session.client(service, endpoint_url=self.ready[_ADDRESSES.get(service, "aws")])

    def signing_key(self, description: str) -> Key:
        """Returns the signing key of the secret whose description contains `description`."""
        client = self.client("secretsmanager")
        (name,) = [s["Name"] for s in client.list_secrets()["SecretList"] if description in s.get("Description", "")]
        return Keyring.parse(client.get_secret_value(SecretId=name)["SecretString"]).signing_key(time.time())

    def signal(self, part: str, number: Signals) -> None:
        """Sends a signal to a part of the stack.

        A part that ends is restarted, under a process or container id that `ready` does not have. Redis tells its own.
        """
        if container := self.ready.get("containers", {}).get(part):
            command = [_STALL[number]] if number in _STALL else ["kill", "--signal", number.name]
            subprocess.run(["docker", *command, container], check=True, stdout=subprocess.DEVNULL)
        elif part == "redis" and number is Signals.SIGSTOP:
            with Redis.from_url(self.ready["redis"]) as redis:
                self.ready["pids"][part] = redis.info("server")["process_id"]
            os.kill(self.ready["pids"][part], number)
        else:
            os.kill(self.ready["pids"][part], number)

    def _record(self, answer: httpx2.Response) -> None:
        url, request = str(answer.request.url), answer.request
        if url.startswith(f"{self.url}/"):  # not the object store's
            path = urlsplit(url.removeprefix(self.url)).path
            sent = int(request.headers.get("content-length", 0))
            self.calls.append(Call(request.method, path, answer.status_code, sent))


@contextmanager
def addressed_stack(url: str, folder: Path) -> Iterator[RunningStack]:
    """Yields the stack at `url` and deletes the tests' models at the end. Users stay: no route deletes them."""
    ready = {"gateway": url, "redis": None}
    ready_file = folder / "ready.json"
    ready_file.write_text(json.dumps(ready))
    with http_client() as http:
        stack = RunningStack(ADDRESS, ready, ready_file, http)
        yield stack
        for user in stack.users:
            user.delete_models()


@contextmanager
def running_stack(
    folder: Path,
    kind: str = "embedded",
    *options: str,
    root: Path = ROOT,
    data: Path | None = None,
    module: str = "local",
) -> Iterator[RunningStack]:
    """Runs `local up` in the checkout at `root` and yields the stack; its output goes to `folder`.

    Without `data`, the stack has a data folder that does not last. `module` is run instead of `local`.
    """
    ready_file, output = folder / "ready.json", folder / "up.log"
    command = [*up(kind, data, module), "--ready-file", str(ready_file), *options]
    with output.open("wb") as log:
        process = subprocess.Popen(command, cwd=root, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until(lambda: ready_file.exists() or process.poll() is not None, START[kind])
        assert process.poll() is None, output.read_text()
        ready = json.loads(ready_file.read_text())
        with http_client() as http:
            yield RunningStack(kind, ready, ready_file, http)
    finally:
        process.send_signal(Signals.SIGINT)
        try:
            process.wait(_STOP)
        finally:
            process.kill()
            process.wait()


def up(kind: str, data: Path | None = None, module: str = "local") -> list[str]:
    """Returns the command line that starts a stack of this kind."""
    folder = ["--data", str(data)] if data else ["--fresh"]
    return [sys.executable, "-m", module, "up", *folder, *OPTIONS[kind]]
