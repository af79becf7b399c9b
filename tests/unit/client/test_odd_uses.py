"""Answers, options and uses that make no sense are one error of the client."""

import os
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client import AsyncClient, Client, errors
from maas_client.http import api
from maas_client.http import options as client_options
from maas_client.http.options import BadAddress, BadOption
from maas_client.http.retries import Retries
from maas_client.local_files import sha256_of
from tests.support.client_api import MODEL, URL, FakeApi


async def test_a_list_that_repeats_its_cursor_ends() -> None:
    async with FakeApi(lambda _: {"items": [], "next_cursor": "x"}).client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match="the same page again"):
            await client.models.list().all()


@pytest.mark.parametrize("filled", [0, 7])
async def test_a_list_of_empty_pages_with_ever_new_cursors_ends(filled: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages with items may be as many as they are: whoever reads them sees that they come."""
    monkeypatch.setattr(api, "EMPTY_MAX", 5)
    numbers = count(1)

    def answer(_: httpx2.Request) -> Any:
        number = next(numbers)
        return {"items": [MODEL] if number <= filled else [], "next_cursor": str(number)}

    async with FakeApi(answer).client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match="empty pages without an end"):
            await client.models.list().all()
    assert next(numbers) == filled + 6


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(503, text="[" * 200_000),
        httpx2.Response(429, json={"code": "x"}, headers=[(b"retry-after", "²".encode())]),
    ],
)
async def test_an_answer_that_no_parser_takes_is_an_error_of_its_status(answer: httpx2.Response) -> None:
    async with FakeApi(lambda _: answer).client(retries=Retries(attempts=1)) as client:
        with pytest.raises((errors.Unavailable, errors.RateLimited)):
            await client.models.get("iris")


@pytest.mark.parametrize(
    "options", [{"timeout": float("nan")}, {"timeout": None}, {"timeout": "5"}, {"timeout": 0}, {"concurrency": 0}]
)
def test_an_option_without_meaning_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadOption, match="must be"):
        AsyncClient(URL, api_key="k", **options)


@pytest.mark.parametrize(
    ("name", "value"),
    [("SSL_CERT_FILE", "/nonexistent"), ("http_proxy", "http://proxy:99999"), ("SSLKEYLOGFILE", "/no/x")],
)
def test_a_variable_that_allows_no_connection_is_one_error(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    client_options._tls.cache_clear()
    with pytest.raises(BadAddress, match="no connection can be made with these settings"):
        AsyncClient(URL, api_key="k")


def test_a_closed_client_says_so_and_closes_twice() -> None:
    client = Client(URL, api_key="k", transport=httpx2.MockTransport(FakeApi(lambda _: MODEL)))
    client.close()
    client.close()
    with pytest.raises(errors.MaasError, match="the client is closed"):
        client.models.get("iris")


def test_a_client_of_the_parent_process_says_so_in_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(URL, api_key="k", transport=httpx2.MockTransport(FakeApi(lambda _: MODEL)))
    with monkeypatch.context() as child:
        child.setattr("maas_client.portal.os.getpid", lambda: -1)
        with pytest.raises(errors.MaasError, match="make one in this process"):
            client.models.get("iris")
        client.close()
    assert client.models.get("iris").name == "iris"
    client.close()


@pytest.mark.timeout(20)
async def test_a_pipe_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    async with FakeApi(lambda _: MODEL).client() as client:
        with pytest.raises(errors.FileError, match="pipe can't be read: it is neither a file nor a folder"):
            await client.push(tmp_path / "pipe", model="iris", version="1.0.0")
    with pytest.raises(errors.FileError, match="pipe can't be read: it is neither a file nor a folder"):
        sha256_of(tmp_path / "pipe")
