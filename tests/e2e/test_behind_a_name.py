"""Stacks that other machines reach, by their own TLS and behind a proxy; and a data folder whose disk fills up."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx2
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws_account import CREDENTIALS
from local.demo import upload
from local.servers.ports import free_port
from tests.e2e.problems import assert_problem
from tests.samples import onnx_files
from tests.support.certificates import Authority, Pair
from tests.support.disks import fill, small_disk
from tests.support.rounds import FULL
from tests.support.stack_users import MODELS, PASSWORD, User
from tests.support.stacks import RunningStack, running_stack
from tests.support.tls_front import tls_front
from tests.support.waiting import until

# Another address of loopback: the stack takes the same path as on the address of a network.
ADDRESS = "127.0.0.2"
# Seconds; a test may wait for the start of its stack.
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Trust:
    """A test's certificate authority, and a certificate for this machine."""

    authority: Authority
    pair: Pair

    def client(self) -> httpx2.Client:
        context = ssl.create_default_context(cafile=self.authority.certificate)
        return httpx2.Client(verify=context, trust_env=False, timeout=60)


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    authority = Authority(tmp_path_factory.mktemp("ca"))
    return Trust(authority, authority.issue("server", "localhost", ADDRESS))


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    with small_disk(tmp_path_factory.mktemp("disk")) as mounted:
        yield mounted


@pytest.fixture(scope="module")
def stack(trust: Trust, disk: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack with TLS, whose data and output are on the small disk if there is one."""
    folder = disk or tmp_path_factory.mktemp("tls")
    options = ["--host", ADDRESS, "--tls-cert", str(trust.pair.certificate), "--tls-key", str(trust.pair.key)]
    with running_stack(folder, "embedded", *options, data=folder / "data") as started, trust.client() as http:
        yield replace(started, http=http)


@pytest.fixture(scope="module")
def user(stack: RunningStack) -> User:
    return stack.user()


@pytest.fixture(scope="module")
def published(user: User) -> str:
    return user.publish_largest()


def _prediction(user: User, model_id: str) -> Any:
    return user.api.post(f"{MODELS}/{model_id}/predict", {"features": [0.1, 0.2, 0.9, 0.3]})["class_name"]


def test_a_client_uploads_predicts_and_downloads_over_tls(stack: RunningStack, user: User, published: str) -> None:
    url = user.api.get(f"{MODELS}/{published}/versions/latest/download")["url"]

    assert _prediction(user, published) == "c"
    assert stack.url.startswith(f"https://{ADDRESS}:")
    assert url.startswith(f"{stack.ready['s3']}/")
    assert stack.ready["s3"].startswith(f"https://{ADDRESS}:")
    assert stack.http.get(url).content == onnx_files.largest_of_four()


def test_nothing_else_listens_on_the_address(stack: RunningStack) -> None:
    names = ("registry", "aws", "table_store", "redis")
    inner = [*(stack.ready[name] for name in names), *stack.ready["inside"].values()]
    ports = [urlsplit(address if "//" in address else f"//{address}").port for address in filter(None, inner)]

    assert len(ports) >= 5
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((ADDRESS, port or 0))


def test_neither_the_published_keys_nor_no_keys_open_the_store(stack: RunningStack, trust: Trust) -> None:
    store: Any = boto3.client(
        "s3",
        endpoint_url=stack.ready["s3"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        verify=str(trust.authority.certificate),
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        store.list_buckets()
    assert stack.http.get(f"{stack.ready['s3']}/{stack.ready['bucket']}").status_code == 403


def test_plain_http_is_not_answered(stack: RunningStack) -> None:
    for name in ("gateway", "s3"):
        with pytest.raises(httpx2.TransportError):
            httpx2.get(stack.ready[name].replace("https", "http"), trust_env=False)


@dataclass
class Writer:
    """Creates models in a thread until `stop`; keeps the ids of those that were acknowledged."""

    user: User
    created: list[str] = field(default_factory=list)
    refused: list[httpx2.Response] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        number = 0
        while not self.stopped.is_set():
            number += 1
            answer = self.user.api.request("POST", MODELS, {"name": f"filling {number}", "framework": "onnx"})
            if answer.status_code == 201:
                self.created.append(answer.json()["id"])
            else:
                self.refused.append(answer)


def _put_first(stack: RunningStack, session: Any, content: bytes) -> httpx2.Response:
    part = session["urls"][0]
    return stack.http.put(part["url"], content=content[: part["length"]], headers=part["headers"])


def _put_refused(stack: RunningStack, session: Any, content: bytes) -> httpx2.Response:
    """The answer to a part on a full disk, after MinIO has looked at the disk, which it does once a second."""
    refused = _put_first(stack, session, content)
    if "no space left on device" not in refused.text:
        return refused
    assert refused.status_code == 500
    time.sleep(2)
    return _put_first(stack, session, content)


def test_a_full_disk_refuses_writes_and_loses_nothing(
    stack: RunningStack, disk: Path | None, user: User, published: str
) -> None:
    if disk is None:
        pytest.skip("this user may not mount a disk")
    filler, content = disk / "filler", onnx_files.lookup(range(1_500_000))
    uploaded, doomed = user.draft(), user.draft()
    session = upload.start(user.api, uploaded, "1.0.0", "model.onnx", content)
    writer = Writer(user)
    thread = threading.Thread(target=writer.run)
    thread.start()
    until(lambda: len(writer.created) >= 3, 30)

    fill(filler)
    until(lambda: len(writer.refused) >= 3, 30)
    writer.stopped.set()
    thread.join()

    for answer in writer.refused:
        assert_problem(answer, 507, "insufficient_storage")
    assert user.api.get(f"{MODELS}/{published}")["id"] == published
    assert _prediction(user, published) == "c"
    until(lambda: not (disk / "data/run/reserve").exists(), 30)
    assert user.api.request("DELETE", f"{MODELS}/{doomed}").status_code == 204
    user.api.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD})
    fill(filler)
    refused = _put_refused(stack, session, content)
    assert (refused.status_code, "XMinioStorageFull" in refused.text) == (507, True)

    filler.unlink()
    until(lambda: user.api.request("POST", MODELS, {"name": "freed", "framework": "onnx"}).status_code == 201, 20)
    for model_id in writer.created:
        assert user.api.get(f"{MODELS}/{model_id}")["id"] == model_id
    until(lambda: _put_first(stack, session, content).is_success, 20)
    upload.put_parts(user.api, session, content)
    upload.complete(user.api, session, content)
    assert upload.wait_until_checked(user.api, uploaded, "1.0.0")["state"] == "ready"


@pytest.mark.skipif(not FULL, reason="a second stack: TEST_ROUNDS=full")
def test_a_client_uploads_and_predicts_behind_a_proxy(trust: Trust, tmp_path: Path) -> None:
    gateway, store = free_port(), free_port()
    with tls_front(gateway, trust.pair) as outer, tls_front(store, trust.pair) as outer_store:
        options = ["--port", str(gateway), "--s3-port", str(store), "--trusted-proxy", "127.0.0.1"]
        names = [f"--public-url=https://localhost:{outer}", f"--public-s3-url=https://localhost:{outer_store}"]
        with running_stack(tmp_path, "embedded", *options, *names) as started, trust.client() as http:
            stack = replace(started, http=http)
            assert (stack.url, stack.ready["s3"]) == (f"https://localhost:{outer}", f"https://localhost:{outer_store}")
            user = stack.user()
            assert _prediction(user, user.publish_largest()) == "c"
