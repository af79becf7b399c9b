"""Access tokens in exchange for ID tokens, and where ID tokens come from."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from maas_client import AsyncClient, errors, id_tokens
from tests.support.cli import Cli
from tests.support.client_api import MODEL, MODEL_ID, URL, FakeApi, problem

_AUDIENCE = "maas:o"


class Server:
    """Exchanges `id-N` for `access-N` for `lifetime` seconds, and accepts the access tokens of `accepted` alone."""

    def __init__(self, lifetime: int = 900) -> None:
        self.lifetime, self.accepted = lifetime, {"Bearer access-1", "Bearer access-2"}
        self.forms: list[dict[str, list[str]]] = []
        self.api = FakeApi(self.answer)

    async def answer(self, request: httpx2.Request) -> Any:
        await asyncio.sleep(0)
        if request.url.path != "/api/v1/auth/token":
            return MODEL if request.headers["authorization"] in self.accepted else problem(401, "token_expired")
        self.forms.append(parse_qs(request.content.decode()))
        token = self.forms[-1]["subject_token"][0].replace("id-", "access-")
        kinds = {"issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer"}
        return {"access_token": token, "expires_in": self.lifetime, "scope": "models:read", **kinds}

    def client(self, source: id_tokens.IdTokenSource, **options: Any) -> AsyncClient:
        return self.api.client(api_key=None, token_provider=source, **options)


def _numbered() -> Callable[[], str]:
    numbers = iter(range(1, 100))
    return lambda: f"id-{next(numbers)}"


async def test_many_waiting_callers_share_one_exchange() -> None:
    server = Server()
    async with server.client(_numbered(), organization="o") as client:
        found = await asyncio.gather(*(client.models.get(MODEL_ID) for _ in range(50)))
    assert len(found) == 50
    [form] = server.forms
    assert form == {
        "grant_type": ["urn:ietf:params:oauth:grant-type:token-exchange"],
        "subject_token_type": ["urn:ietf:params:oauth:token-type:id_token"],
        "subject_token": ["id-1"],
        "audience": ["o"],
    }


async def test_a_token_that_is_about_to_end_is_exchanged_again() -> None:
    server = Server(lifetime=20)
    async with server.client(_numbered()) as client:
        await client.models.get(MODEL_ID)
        await client.models.get(MODEL_ID)
    assert [form["subject_token"] for form in server.forms] == [["id-1"], ["id-2"]]


async def test_a_refused_token_is_exchanged_once_for_all_callers() -> None:
    server = Server()
    async with server.client(_numbered()) as client:
        await client.models.get(MODEL_ID)
        server.accepted = {"Bearer access-2"}
        await asyncio.gather(*(client.models.get(MODEL_ID) for _ in range(20)))
    assert len(server.forms) == 2


async def test_an_exchange_that_is_refused_is_the_error_of_the_call() -> None:
    api = FakeApi(lambda _: problem(400, "token_not_trusted"))
    async with api.client(api_key=None, token_provider=lambda: "id") as client:
        with pytest.raises(errors.TokenNotTrusted):
            await client.models.get(MODEL_ID)
    assert len(api.requests) == 1
    assert "id" not in repr(client._api.sender.credential).split("(")[1]


async def test_a_source_may_be_a_coroutine_and_may_fail() -> None:
    async def source() -> str:
        raise errors.IdTokenMissing("none today")

    async with Server().client(source) as client:
        with pytest.raises(errors.IdTokenMissing, match="none today"):
            await client.models.get(MODEL_ID)


async def test_github_actions_is_asked_for_the_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, json={"value": "id-1"})

    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://actions.test/token?api-version=2.0")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "s3cret")
    source = id_tokens.github_actions(_AUDIENCE, transport=httpx2.MockTransport(answer))
    assert await id_tokens.once(source) == "id-1"
    assert dict(asked[0].url.params) == {"api-version": "2.0", "audience": _AUDIENCE}
    assert asked[0].headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(403, json={"value": "no"}),
        httpx2.Response(200, json=[]),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, json={"value": ""}),
        httpx2.ConnectError("refused"),
    ],
    ids=["refused", "a list", "a page", "empty", "unreachable"],
)
async def test_an_answer_without_a_token_is_one_error_without_secrets(
    monkeypatch: pytest.MonkeyPatch, answer: httpx2.Response | Exception
) -> None:
    def given(_: httpx2.Request) -> httpx2.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://actions.test/token?secret=s3cret")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "s3cret")
    source = id_tokens.github_actions(_AUDIENCE, transport=httpx2.MockTransport(given))
    with pytest.raises(errors.IdTokenMissing, match="GitHub Actions") as caught:
        await id_tokens.once(source)
    assert "s3cret" not in str(caught.value)


async def test_a_file_is_read_each_time_and_a_variable_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text("one\n")
    source = id_tokens.from_text(f"file:{file}", None)
    assert await id_tokens.once(source) == "one"
    file.write_text("two\n")
    assert await id_tokens.once(source) == "two"
    monkeypatch.setenv("ID", "three")
    assert await id_tokens.once(id_tokens.from_text("env:ID", None)) == "three"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("github-actions", "MAAS_ORGANIZATION"),
        ("gitlab", "github-actions, file:PATH or env:NAME"),
        ("file:", "file:PATH"),
        ("env:NOT_SET", "the variable NOT_SET is not set"),
    ],
)
async def test_a_source_that_is_none_says_what_to_write(monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(errors.IdTokenMissing, match=words):
        await id_tokens.once(id_tokens.from_text(text, None))


async def test_variables_of_the_environment_choose_an_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAAS_API_KEY", raising=False)
    monkeypatch.setenv("MAAS_ID_TOKEN_SOURCE", "env:ID")
    monkeypatch.setenv("MAAS_ORGANIZATION", "o")
    monkeypatch.setenv("ID", "id-1")
    server = Server()
    async with AsyncClient(URL, transport=httpx2.MockTransport(server.api)) as client:
        await client.models.get(MODEL_ID)
    assert server.forms[0]["audience"] == ["o"]


def test_one_credential_is_enough() -> None:
    with pytest.raises(ValueError, match="only one of api_key and token_provider"):
        AsyncClient(URL, api_key="k", token_provider=lambda: "t")


def test_the_command_exchanges_by_its_variables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    maas = Cli.in_folder(tmp_path, capsys, monkeypatch)
    maas.serve(httpx2.MockTransport(server.api), key="")
    monkeypatch.setenv("MAAS_ID_TOKEN_SOURCE", "env:ID")
    monkeypatch.setenv("ID", "id-1")
    assert json.loads(maas(f"maas models show {MODEL_ID}").out)["name"] == "iris"
    assert maas("maas auth exchange --organization o -q").out == "access-1\n"
    monkeypatch.setenv("ID", "")
    done = maas(f"maas models show {MODEL_ID}")
    assert (done.status, done.err) == (3, "maas: there is no ID token: the variable ID is not set\n")
