"""Answers of a server or a store that sends what it should not are one error, and arguments that can't be sent too."""

import gzip
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client import bodies, errors
from maas_client.http import store
from tests.support.client_api import MODEL, FakeApi
from tests.unit.client.test_hostile_answers import pull, server


class Endless(httpx2.AsyncByteStream):
    """A body without an end. `sent` is what was read of it."""

    sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.sent += 1_000_000
            yield b" " * 1_000_000


@pytest.mark.parametrize("status", [200, 404, 503])
async def test_an_answer_without_an_end_is_not_read_to_it(status: int) -> None:
    body = Endless()
    async with FakeApi(lambda _: httpx2.Response(status, stream=body)).client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match="answered more than 33,554,432 bytes"):
            await client.models.get("iris")
    assert body.sent <= bodies.ANSWER_MAX + 1_000_000


async def test_a_compressed_answer_is_bounded_by_what_it_unpacks_to() -> None:
    bomb = gzip.compress(b" " * (bodies.ANSWER_MAX + 1))
    answer = httpx2.Response(200, stream=httpx2.ByteStream(bomb), headers={"content-encoding": "gzip"})
    async with FakeApi(lambda _: answer).client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match="answered more than"):
            await client.models.get("iris")


async def test_a_compressed_answer_is_read() -> None:
    text = httpx2.Response(200, json=MODEL).content
    headers = {"content-encoding": "deflate", "x-request-id": "r"}
    answer = httpx2.Response(200, stream=httpx2.ByteStream(zlib.compress(text)), headers=headers)
    async with FakeApi(lambda _: answer).client() as client:
        assert (await client.models.get("iris")).name == "iris"


async def test_a_list_whose_cursors_go_in_a_circle_ends() -> None:
    pages = {None: "a", "a": "b", "b": "a"}
    api = FakeApi(lambda request: {"items": [], "next_cursor": pages[request.url.params.get("cursor")]})
    async with api.client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match="the same page again"):
            await client.models.list().all()


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(206, headers={"content-encoding": "gzip"}, stream=httpx2.ByteStream(b"not gzip")),
        httpx2.Response(400, stream=Endless()),
    ],
)
async def test_a_store_that_answers_nonsense_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: httpx2.Response
) -> None:
    monkeypatch.setattr(store, "_BASE", 0.0001)
    api = server()
    given = api.answer
    api.answer = lambda request: answer if request.url.host == "store.test" else given(request)
    with pytest.raises((errors.TransferError, errors.UnexpectedAnswer)):
        await pull(api, tmp_path)


@pytest.mark.parametrize(
    "url", ["not a url \x01", "", "/store", "file:///etc/passwd", "http://[bad", "http://a:99999/"]
)
async def test_a_url_of_a_server_that_is_none_is_a_transfer_error(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_BASE", 0.0001)
    api = server(url=url)
    given = api.answer

    def answer(request: httpx2.Request) -> Any:
        if request.url.scheme not in {"http", "https"}:
            raise httpx2.UnsupportedProtocol("no")
        return given(request)

    api.answer = answer
    with pytest.raises(errors.TransferError):
        await pull(api, tmp_path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), "\ud800", {1, 2}])
async def test_a_value_that_json_has_not_is_refused_before_it_is_sent(value: Any) -> None:
    api = FakeApi(lambda _: MODEL)
    async with api.client() as client:
        with pytest.raises(errors.BadArgument, match="can't be written"):
            await client.inference.predict("iris", [value])
    assert api.requests == []


async def test_arguments_without_meaning_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.onnx"
    file.write_bytes(b"x")
    async with FakeApi(lambda _: MODEL).client() as client:
        for call in (
            client.models.get("\ud800"),
            client.models.get(5),  # type: ignore[arg-type]
            client.models.get("iris", timeout=float("nan")),
            client.push(file, model="m", version="1.0.0", timeout=float("nan")),
            client.push(file, model="m"),
            client.pull("m", parallel=0),
            client.pull("m", timeout=-1),
        ):
            with pytest.raises(errors.BadArgument):
                await call
