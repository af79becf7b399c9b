"""The local stack as a process of its own, as a newcomer starts it."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Any

import boto3
import httpx2

from local.demo import upload
from local.demo.client import Api, http_client
from tests.fakes import onnx_files

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery staple"
_START, _STOP = 90.0, 30.0


@dataclass
class RunningStack:
    """`ready` is what --ready-file says."""

    ready: dict[str, Any]
    ready_file: Path
    http: httpx2.Client

    @property
    def url(self) -> str:
        return str(self.ready["gateway"])

    def anonymous(self) -> Api:
        return Api(self.url, self.http)

    def user(self, scope: str | None = None) -> "User":
        """A new user of a new tenant, logged in."""
        return User.register(self.anonymous(), scope)

    def request_log(self) -> list[dict[str, Any]]:
        """What the gateway wrote, a dictionary for each request."""
        lines = (Path(self.ready["logs"]) / "gateway.log").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def client(self, service: Any) -> Any:
        """boto3's, for what lies behind the API."""
        keys = self.ready["credentials"]
        session = boto3.Session(
            keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=keys["AWS_REGION"]
        )
        return session.client(service, endpoint_url=self.ready["s3" if service == "s3" else "aws"])

    def signal(self, part: str, number: Signals) -> None:
        """To the part as it was started; one that ends is restarted, under a pid that `ready` does not know."""
        os.kill(self.ready["pids"][part], number)


@dataclass
class User:
    """`api` carries the access token."""

    api: Api
    email: str
    tenant_id: str

    @classmethod
    def register(cls, api: Api, scope: str | None) -> "User":
        email = f"{secrets.token_hex(6)}@example.com"
        registered = api.post("/api/v1/auth/register", {"email": email, "password": PASSWORD})
        narrowed = {} if scope is None else {"scope": scope}
        login = api.post("/api/v1/auth/login", {"email": email, "password": PASSWORD, **narrowed})
        api.token = login["access_token"]
        return cls(api, email, registered["tenant_id"])

    def model(self, **fields: Any) -> str:
        """The id of a new model."""
        body = {"name": f"model {secrets.token_hex(6)}", "framework": "onnx", **fields}
        return str(self.api.post("/api/v1/models", body)["id"])

    def draft(self, version: str = "1.0.0", **fields: Any) -> str:
        """The id of a new model that has a draft of `version`."""
        model_id = self.model()
        self.api.post(f"/api/v1/models/{model_id}/versions", {"version": version, **fields})
        return model_id

    def publish(self, content: bytes, **metadata: Any) -> str:
        """The id of a new model whose 1.0.0 is `content`, published."""
        model_id = self.draft(metadata=metadata)
        checked = upload.upload(self.api, model_id, "1.0.0", "model.onnx", content)
        assert checked["state"] == "ready", checked["failure"]
        self.api.post(f"/api/v1/models/{model_id}/versions/1.0.0/publish")
        return model_id

    def publish_largest(self) -> str:
        """A model that says which of four numbers is the largest, by the names a to d."""
        return self.publish(onnx_files.largest_of_four(), class_names=["a", "b", "c", "d"])


@contextmanager
def running_stack(folder: Path, *options: str, root: Path = ROOT) -> Iterator[RunningStack]:
    """`local up` of the checkout at `root`, from its start to its end; its output goes to `folder`."""
    ready_file, output = folder / "ready.json", folder / "up.log"
    command = [sys.executable, "-m", "local", "up", "--ready-file", str(ready_file), *options]
    with output.open("wb") as log:
        process = subprocess.Popen(command, cwd=root, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until(lambda: ready_file.exists() or process.poll() is not None, _START)
        assert process.poll() is None, output.read_text()
        with http_client() as http:
            yield RunningStack(json.loads(ready_file.read_text()), ready_file, http)
    finally:
        process.send_signal(Signals.SIGINT)
        try:
            process.wait(_STOP)
        finally:
            process.kill()
            process.wait()


def until(holds: Callable[[], Any], seconds: float) -> Any:
    """What `holds` answers, once that is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {seconds:g} s"
        time.sleep(0.05)
    return found
