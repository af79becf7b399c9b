"""Work that ends when nobody waits for it, and files that would block whoever opens them."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from maas_client import Client, errors
from maas_client.cli.rows import read_rows
from maas_client.file_locks import locked
from maas_client.id_tokens import from_file
from maas_client.local_files import read_text, sha256_of, source_file
from maas_client.profiles.settings import ConfigFile
from maas_client.transfer.jobs import all_or_first_failure
from tests.support.client_api import MODEL, MODEL_ID, URL, FakeApi, problem
from tests.support.fake_maas import FakeMaas


def _config(_: Path) -> Any:
    return ConfigFile()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "read",
    [
        sha256_of,
        read_text,
        _config,
        source_file,
        lambda path: from_file(path)(),
        lambda path: read_rows(str(path), "json", as_lists=False),
        lambda path: read_rows(str(path), "parquet", as_lists=False),
    ],
)
def test_a_pipe_in_the_place_of_a_file_does_not_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], Any]
) -> None:
    monkeypatch.setenv("MAAS_CONFIG_DIR", str(tmp_path))
    os.mkfifo(tmp_path / "config.ini")
    with pytest.raises(errors.FileError, match="neither a file nor a folder"):
        read(tmp_path / "config.ini")


@pytest.mark.timeout(20)
async def test_a_pipe_in_the_place_of_a_lock_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")
    with pytest.raises(errors.FileError, match="can't be written"):
        async with locked(tmp_path / "lock"):
            pass


def test_a_name_that_no_file_can_have_is_a_missing_file() -> None:
    with pytest.raises(errors.MissingFile):
        sha256_of(Path("a\0b"))


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    """A folder with a file that takes minutes to read."""
    (tmp_path / "folder").mkdir()
    with (tmp_path / "folder" / "model.onnx").open("wb") as handle:
        handle.truncate(400 * 1024**3)
    return tmp_path / "folder"


def _asks_for_digests(request: httpx2.Request) -> Any:
    """Takes the sizes of all files, as a server does before it is told their digests."""
    if not request.url.path.endswith("/upload"):
        return MODEL
    field = {"field": "files[0].sha256", "rule": "sha256", "message": "must be 64 hexadecimal digits"}
    return problem(422, "invalid_input", errors=[field])


@pytest.mark.timeout(60)
async def test_the_timeout_of_a_push_ends_the_reading_of_its_files(huge: Path) -> None:
    began = time.monotonic()
    async with FakeApi(_asks_for_digests).client() as api:
        with pytest.raises(errors.DeadlineExceeded):
            await api.push(huge, model="iris", version="1.0.0", timeout=0.3)
    assert time.monotonic() - began < 20


@pytest.mark.timeout(60)
def test_an_interrupt_ends_a_push_while_it_reads_files(huge: Path) -> None:
    began = time.monotonic()
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    with Client(URL, api_key="k", transport=httpx2.MockTransport(FakeApi(_asks_for_digests))) as api:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            api.push(huge, model="iris", version="1.0.0")
    assert time.monotonic() - began < 20


async def test_the_first_failure_of_any_kind_is_raised_as_it_is() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await all_or_first_failure([fail, lambda: anyio.sleep(60)])


def test_a_client_is_closed_twice_and_not_used_afterwards() -> None:
    client = Client(URL, api_key="k", transport=FakeMaas().transport())
    client.close()
    client.close()
    with pytest.raises(errors.MaasError, match="is closed"):
        client.models.get(MODEL_ID)


def test_closing_a_client_ends_the_calls_of_other_threads() -> None:
    raised: list[BaseException] = []
    client = Client(URL, api_key="k", transport=_Silent(), timeout=60)

    def call() -> None:
        try:
            client.models.get(MODEL_ID)
        except errors.MaasError as error:
            raised.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.3)
    client.close()
    thread.join(20)
    assert [type(error) for error in raised] == [errors.MaasError]


class _Silent(httpx2.AsyncBaseTransport):
    """A transport that never answers."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await anyio.sleep_forever()
        raise AssertionError


@pytest.mark.timeout(60)
def test_a_forked_process_is_told_to_make_a_client_of_its_own() -> None:
    with Client(URL, api_key="k", transport=FakeMaas().transport()) as client:
        pid = os.fork()
        if not pid:
            signal.alarm(20)  # a child that hangs is ended by it
            try:
                client.models.get(MODEL_ID)
            except errors.MaasError as error:
                client.close()
                os._exit(7 if "parent process" in str(error) else 8)
            os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
