"""Whatever a person gives to the command `maas`, it ends with one line and an exit status."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.client_api import AT, MODEL
from tests.support.command import COMMAND, Command, Done, environment, told
from tests.support.fake_maas import FakeMaas
from tests.support.fake_maas_server import served
from tests.support.raw_server import answers, raw_server

_HTML = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>"


def _json(status: int, body: Any, headers: str = "") -> bytes:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n{headers}"
    return f"{head}connection: close\r\n\r\n".encode() + data


@contextlib.contextmanager
def _answering(data: bytes) -> Iterator[str]:
    """An address whose every answer is these bytes."""
    with raw_server(lambda connection, request: answers(data, [], connection, request)) as port:
        yield f"http://127.0.0.1:{port}"


@dataclass(frozen=True)
class Case:
    """A command line, what prepares it, and how it ends."""

    line: str
    status: int
    words: str
    prepare: Callable[[Path], object] = lambda folder: None
    variables: tuple[tuple[str, str], ...] = ()
    url: str = "http://127.0.0.1:1"


def _link(folder: Path) -> None:
    (folder / "x.onnx").symlink_to("x.onnx")


def _config(content: bytes) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        (folder / "config").mkdir()
        (folder / "config" / "config.ini").write_bytes(content)

    return write


_NO_URL = ""
_CASES = {
    "a missing file": Case("push none.onnx iris:1.0.0", 4, "none.onnx does not exist"),
    "an empty file": Case("push x iris:1.0.0", 1, "x is empty", lambda folder: (folder / "x").touch()),
    "an empty folder": Case("push empty iris:1.0.0", 1, "empty", lambda folder: (folder / "empty").mkdir()),
    "a file below a file": Case("push x/y iris:1.0.0", 1, "Not a directory", lambda folder: (folder / "x").touch()),
    "a link to itself": Case("push x.onnx iris:1.0.0", 1, "symbolic links", _link),
    "a missing file of rows": Case("predict iris --input none.csv", 4, "none.csv does not exist"),
    "a folder of rows": Case("predict iris --input .", 1, "it is a folder"),
    "rows in another encoding": Case(
        "predict iris --input x.csv", 1, "not a text in UTF-8", lambda folder: (folder / "x.csv").write_bytes(b"\xff")
    ),
    "a number that JSON lacks": Case("predict iris [NaN]", 1, "write null for a missing value"),
    "a model card in another encoding": Case(
        "push x iris:1.0.0 --model-card x", 1, "not a text in UTF-8", lambda folder: (folder / "x").write_bytes(b"\xff")
    ),
    "metadata that is none": Case("push x iris:1.0.0 --metadata @none", 2, "is not a JSON object"),
    "no address": Case("models list", 1, "maas config set api-url", url=_NO_URL),
    "an address without a scheme": Case("models list --api-url localhost:8080", 1, "write http:// or https://"),
    "an address of no host": Case("models list --api-url http://[::1", 1, "is not the address of an API"),
    "a port that is none": Case("models list --api-url http://localhost:99999", 1, "is not the address of an API"),
    "a server that is not there": Case("models list", 6, "can't be reached.*check the address"),
    "a name that is not known": Case("models list", 6, "can't be reached", url="http://none.invalid"),
    "a proxy that is not there": Case(
        "models list",
        6,
        "through the proxy",
        variables=(("http_proxy", "http://127.0.0.1:1"),),
        url="http://maas.invalid",
    ),
    "a proxy that is none": Case(
        "models list",
        1,
        "no connection can be made",
        variables=(("http_proxy", "nonsense://x"),),
        url="http://x.invalid",
    ),
    "a configuration that is none": Case("models list", 1, "config.ini can't be read", _config(b"x")),
    "a configuration in another encoding": Case("models list", 1, "not a text in UTF-8", _config(b"\xff")),
    "a configuration that can't be written": Case(
        "config set api-url http://x", 1, "can't be written", lambda folder: (folder / "config").touch()
    ),
    "a command that is none": Case("modles", 2, "No such command"),
    "an option that is none": Case("models list --colour red", 2, "No such option"),
    "a reference that is none": Case("pull iris@", 2, "is not a reference"),
}


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """How each case ended. They run at the same time, because most of it is the start of Python."""

    def run(case: Case) -> Done:
        folder = tmp_path_factory.mktemp("case")
        case.prepare(folder)
        return Command(folder, case.url)(*case.line.split(), **dict(case.variables))

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(_CASES, pool.map(run, _CASES.values()), strict=True))


@pytest.mark.parametrize("name", _CASES)
def test_a_mistake_is_one_line_and_an_exit_status(ends: dict[str, Done], name: str) -> None:
    told(ends[name], _CASES[name].status, _CASES[name].words)


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (_HTML, 1, "another version"),
        (b"HTTP/1.1 404 x\r\ncontent-length: 4\r\n\r\noops", 1, "this is not the API of MaaS"),
        (b"HTTP/1.1 302 x\r\nlocation: http://x/\r\ncontent-length: 0\r\n\r\n", 1, "this is not the API of MaaS"),
        (b"HTTP/1.1 407 x\r\ncontent-length: 0\r\n\r\n", 1, "the proxy wants a login"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\noops",
            1,
            "not what their headers say",
        ),
        (_json(200, {"items": [{"id": 5}]}), 1, "another version"),
        (_json(200, {**MODEL, "items": [{**MODEL, "a_new_field": 1}]}), 0, ""),
        (_json(418, {"code": "a_new_code", "detail": "as a teapot", "status": 418}), 1, "as a teapot"),
        (_json(405, {"code": "method_not_allowed", "detail": "no such method", "status": 405}), 1, "no such method"),
        (_json(401, {"code": "token_expired", "detail": "the token has expired"}), 3, "has expired: log in with"),
    ],
    ids=["page", "404", "redirect", "407", "gzip", "fields", "new field", "new code", "405", "expired"],
)
def test_a_server_that_answers_otherwise_istold(tmp_path: Path, data: bytes, status: int, words: str) -> None:
    with _answering(data) as url:
        done = Command(tmp_path, url)("models", "list", "--limit", "1")
    if status:
        told(done, status, words)
    else:
        assert (done.returncode, json.loads(done.stdout)["name"]) == (0, "iris")


def test_a_login_that_has_ended_asks_for_a_new_one(tmp_path: Path) -> None:
    with _answering(_json(401, {"code": "unauthenticated", "detail": "no"})) as url:
        (tmp_path / "config" / "credentials").mkdir(parents=True)
        grant = {"api_url": url, "access": "a", "refresh": "s.r", "asked": False, "issued": AT, "expires": AT}
        (tmp_path / "config" / "credentials" / "default.json").write_text(json.dumps(grant).replace("Z", "+00:00"))
        done = Command(tmp_path)("models", "list", MAAS_API_URL=url)
    told(done, 3, "the session has ended.*maas auth login")


def test_a_traceback_is_shown_if_debug_asks_for_it(tmp_path: Path) -> None:
    done = Command(tmp_path, "http://127.0.0.1:1")("models", "list", "--debug")
    assert done.returncode == 6
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("maas: the server can't be reached")


def test_a_file_that_changes_while_it_is_sent_is_not_completed(tmp_path: Path) -> None:
    file = tmp_path / "x.onnx"
    file.write_bytes(bytes(4096))

    def grow(fake: FakeMaas, method: str, number: int, body: bytes) -> None:
        with file.open("ab") as handle:
            handle.write(b"x")

    fake = FakeMaas(part_size=1024, fault=grow)
    with served(fake) as url:
        told(Command(tmp_path, url)("push", "x.onnx", "iris:1.0.0"), 1, "changed while it was read: try again")
    assert not any(call.endswith("/complete") for call in fake.calls)


@contextlib.contextmanager
def _tiny_disk(folder: Path) -> Iterator[Path]:
    """A disk of 64 KiB in memory."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_disk_without_space_istold(tmp_path: Path) -> None:
    fake = FakeMaas(part_size=1_000_000)
    (tmp_path / "x.onnx").write_bytes(bytes(200_000))
    with _tiny_disk(tmp_path) as disk, served(fake) as url:
        maas = Command(tmp_path, url)
        assert maas("push", "x.onnx", "iris:1.0.0").returncode == 0
        told(maas("pull", "iris:1.0.0", MAAS_CACHE_DIR=str(disk)), 1, "bytes left, and the file has 200,000")
        told(maas("pull", "iris:1.0.0", "--to", str(disk / "x.onnx")), 1, "no space left for .*x.onnx")
        assert not [path for path in disk.rglob("*") if path.is_file() and path.stat().st_size]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_an_output_that_can_t_be_written_istold(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "completion", "bash"], env=environment(tmp_path), stdout=full, stderr=-1, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "maas: the output can't be written: No space left on device\n")


def test_an_argument_that_is_no_text_is_a_usage_error(tmp_path: Path) -> None:
    command = [*map(os.fsencode, COMMAND), b"models", b"show", b"\xff"]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)
    told(done, 2, "not a text in UTF-8")


def test_an_interrupt_ends_a_command_with_130(tmp_path: Path) -> None:
    def hold(connection: Any, request: bytes) -> None:
        process.send_signal(signal.SIGINT)
        connection.recv(1)  # until the client leaves

    with raw_server(hold) as port:
        variables = {"MAAS_API_URL": f"http://127.0.0.1:{port}", "MAAS_API_KEY": "k"}
        process = subprocess.Popen(
            [*COMMAND, "models", "list"], env=environment(tmp_path, **variables), stderr=subprocess.PIPE, text=True
        )
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err.strip()) == (130, "interrupted")
