"""Profiles, and where a login is kept."""

import json
import shlex
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from maas_client import AsyncClient, Client, errors
from maas_client.http.sessions import Grant
from maas_client.profiles.logins import login_of
from maas_client.profiles.settings import ConfigFile, Settings
from tests.support.cli import Cli
from tests.support.client_api import FAST, MODEL, URL, USER, FakeApi, problem

_TOKENS = {"access_token": "s3cret-a", "refresh_token": "x.s3cret-r", "expires_in": 900, "refresh_expires_in": 9}
_NOW = datetime(2026, 11, 29, tzinfo=timezone.utc)


def _answer(request: httpx2.Request) -> Any:
    if request.url.path.endswith("/login"):
        return {**_TOKENS, "scope": "", "token_type": "Bearer"}
    if request.url.path.endswith("/logout"):
        return httpx2.Response(204)
    return {"items": [MODEL], "next_cursor": None} if request.url.path.endswith("/models") else USER


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(_answer)


@pytest.fixture
def maas(api: FakeApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    cli = Cli.in_folder(tmp_path, capsys, monkeypatch)
    cli.serve(httpx2.MockTransport(api), key="")
    return cli


def _file(tmp_path: Path, profile: str = "default") -> Path:
    return tmp_path / "config" / "credentials" / f"{profile}.json"


def test_a_login_is_kept_where_its_owner_alone_can_read_it(maas: Cli, api: FakeApi, tmp_path: Path) -> None:
    done = maas("echo password-of-ada | maas auth login --email a@b.c --password-stdin")
    assert done.status == 0, done.err
    assert stat.S_IMODE(_file(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(_file(tmp_path).parent.stat().st_mode) == 0o700
    assert "s3cret" not in done.out + done.err
    assert api.bodies()[0] == {"email": "a@b.c", "password": "password-of-ada"}
    maas("maas models list")
    assert api.requests[-1].headers["authorization"] == "Bearer s3cret-a"


def test_logout_ends_the_session_and_forgets_it(maas: Cli, api: FakeApi, tmp_path: Path) -> None:
    maas("echo p | maas auth login --email a@b.c --password-stdin")
    assert maas("maas auth logout").status == 0
    assert api.bodies()[-1] == {"refresh_token": "x.s3cret-r"}
    assert not _file(tmp_path).exists()
    assert maas("maas auth logout").status == 0


def test_a_key_is_read_from_stdin_and_used_from_then_on(maas: Cli, api: FakeApi) -> None:
    assert maas("echo maas_abc_def | maas auth login --with-key").status == 0
    maas("maas models list")
    assert api.requests[-1].headers["authorization"] == "Bearer maas_abc_def"


def test_a_credential_is_never_sent_to_another_server(maas: Cli, api: FakeApi) -> None:
    maas("echo p | maas auth login --email a@b.c --password-stdin")
    seen = len(api.requests)
    done = maas("maas models list --api-url http://other.test")
    assert (done.status, len(api.requests)) == (3, seen)
    assert "no credential for http://other.test" in done.err


def test_a_wrong_or_missing_key_does_not_replace_a_login(maas: Cli, api: FakeApi, tmp_path: Path) -> None:
    maas("echo p | maas auth login --email a@b.c --password-stdin")
    kept = _file(tmp_path).read_text()
    api.answer = lambda _: problem(401, "unauthenticated")
    for key in ("maas_wrong_wrong", "''"):
        assert maas(f"echo {key} | maas auth login --with-key").status == 3
    assert _file(tmp_path).read_text() == kept


@pytest.mark.parametrize("variable", ["", "maas_of_a_variable"])
def test_a_login_replaces_a_kept_key(maas: Cli, api: FakeApi, tmp_path: Path, variable: str) -> None:
    maas("echo maas_abc_def | maas auth login --with-key")
    maas.patch.setenv("MAAS_API_KEY", variable)
    assert maas("echo p | maas auth login --email a@b.c --password-stdin").status == 0
    assert json.loads(_file(tmp_path).read_text())["access"] == "s3cret-a"
    assert "api_key" not in _file(tmp_path).read_text()
    assert maas("maas auth logout").status == 0
    assert api.bodies()[-1] == {"refresh_token": "x.s3cret-r"}


@pytest.mark.parametrize("name", ["../../escape", ".hidden", "a]\n[maas]\nprofile = evil", "a/b", " "])
def test_a_name_of_a_profile_is_a_plain_word(maas: Cli, tmp_path: Path, name: str) -> None:
    maas.patch.setenv("MAAS_PROFILE", name)
    for line in ("maas config set api-url http://x.test", "echo maas_a_b | maas auth login --with-key"):
        assert (maas(line).status, [*tmp_path.rglob("*.json"), *tmp_path.rglob("*.ini")]) == (1, [])
    maas.patch.delenv("MAAS_PROFILE")
    assert maas(f"maas config use {shlex.quote(name)}").status == 1


def test_profiles_keep_their_own_logins_and_addresses(maas: Cli, api: FakeApi, tmp_path: Path) -> None:
    maas.patch.delenv("MAAS_API_URL")
    assert maas("maas config set api-url http://one.test/").status == 0
    assert maas("maas config set api-url http://two.test --profile two").status == 0
    maas("echo p | maas auth login --email a@b.c --password-stdin --profile two")
    assert api.requests[-1].url.host == "two.test"
    assert _file(tmp_path, "two").exists()
    assert not _file(tmp_path).exists()
    maas("maas config use two")
    assert maas("maas config get api-url").out == "http://two.test\n"
    listed = json.loads(maas("maas config list").out)
    assert (listed["profile"], listed["profiles"]) == ("two", ["default", "two"])


def test_a_flag_comes_before_a_variable_and_a_variable_before_the_file(maas: Cli) -> None:
    maas("maas config set api-url http://file.test")
    assert maas("maas config get api-url").out == f"{URL}\n"
    assert maas("maas config get api-url --api-url http://flag.test").out == "http://flag.test\n"
    maas.patch.delenv("MAAS_API_URL")
    assert maas("maas config get api-url").out == "http://file.test\n"
    maas.patch.setenv("MAAS_PROFILE", "none")
    assert maas("maas config get api-url").out == "\n"


def test_values_that_are_set_at_once_are_all_kept(maas: Cli) -> None:
    assert maas("maas config set credentials file").status == 0
    read = [ConfigFile() for _ in range(20)]  # before any of them writes
    with ThreadPoolExecutor(20) as pool:
        each = [pool.submit(file.set, f"p{n}", "api-url", URL) for n, file in enumerate(read)]
    assert [done.exception() for done in each] == [None] * 20
    assert {*ConfigFile().profiles()} == {"default", *(f"p{n}" for n in range(20))}


def test_a_configuration_that_is_none_is_one_error(maas: Cli, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.ini").write_text("no section\n")
    done = maas("maas models list")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "config.ini can't be read" in done.err


def test_a_damaged_login_asks_for_a_new_one(maas: Cli, tmp_path: Path) -> None:
    _file(tmp_path).parent.mkdir(parents=True)
    _file(tmp_path).write_text("{")
    assert "maas auth login" in maas("maas models list").err


class _Keyring:
    """A keyring in memory, in place of the module of that name."""

    def __init__(self, priority: float) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self._priority = priority

    def get_keyring(self) -> Any:
        return SimpleNamespace(priority=self._priority)

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self.kept[service, name] = text

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


def test_a_keyring_keeps_the_tokens_if_there_is_one(maas: Cli, tmp_path: Path) -> None:
    keyring = _Keyring(5)
    maas.patch.setitem(sys.modules, "keyring", keyring)
    login = login_of(Settings("default", URL, ""))
    login.save(Grant("a", "r", _NOW, _NOW))
    assert not _file(tmp_path).exists()
    assert login.load() == Grant("a", "r", _NOW, _NOW)
    login.forget()
    assert keyring.kept == {}


def test_a_keyring_that_keeps_nothing_is_not_used(maas: Cli, tmp_path: Path) -> None:
    maas.patch.setitem(sys.modules, "keyring", _Keyring(0))
    login_of(Settings("default", URL, "")).save_key("k")
    assert _file(tmp_path).exists()


def _library(api: FakeApi, url: str | None = None) -> AsyncClient:
    return AsyncClient(url, transport=httpx2.MockTransport(api), retries=FAST)


async def test_the_library_uses_the_login_of_the_command(maas: Cli, api: FakeApi) -> None:
    maas("echo p | maas auth login --email a@b.c --password-stdin")
    async with _library(api, f"{URL}/") as client:
        assert (await client.account.me()).email == "a@b.c"
    assert api.requests[-1].headers["authorization"] == "Bearer s3cret-a"


async def test_the_library_takes_address_and_key_of_the_profile_in_use(maas: Cli, api: FakeApi) -> None:
    maas.patch.delenv("MAAS_API_URL")
    maas("maas config set api-url http://two.test --profile two")
    maas("echo maas_abc_def | maas auth login --with-key --profile two")
    maas("maas config use two")
    async with _library(api) as client:
        await client.account.me()
    assert api.requests[-1].url.host == "two.test"
    assert api.requests[-1].headers["authorization"] == "Bearer maas_abc_def"


async def test_the_library_refreshes_the_login_for_the_command(maas: Cli, api: FakeApi, tmp_path: Path) -> None:
    login_of(Settings("default", URL, "file")).save(Grant("old", "x.old", _NOW, _NOW))

    def answer(request: httpx2.Request) -> Any:
        return {**_TOKENS, "scope": "", "token_type": "Bearer"} if "refresh" in request.url.path else _answer(request)

    api.answer = answer
    async with _library(api, URL) as client:
        await client.account.me()
    assert json.loads(_file(tmp_path).read_text())["refresh"] == "x.s3cret-r"


async def test_a_client_without_a_credential_sends_nothing(maas: Cli, api: FakeApi) -> None:
    maas("echo p | maas auth login --email a@b.c --password-stdin")
    seen = len(api.requests)
    async with _library(api, "http://other.test") as client:
        with pytest.raises(errors.NoCredential, match="api_key=, set MAAS_API_KEY, or log in with: maas auth login"):
            await client.models.get("iris")
        assert len(api.requests) == seen
        await client.auth.login("a@b.c", "p")
        await client.models.list().first()
    assert api.requests[-1].headers["authorization"] == "Bearer s3cret-a"


async def test_logout_of_a_library_ends_the_login_that_it_uses(maas: Cli, api: FakeApi, tmp_path: Path) -> None:
    maas("echo p | maas auth login --email a@b.c --password-stdin")
    async with _library(api, URL) as client:
        await client.auth.logout()
        assert api.bodies()[-1] == {"refresh_token": "x.s3cret-r"}
        assert not _file(tmp_path).exists()
        with pytest.raises(errors.NoCredential):
            await client.account.me()


@pytest.mark.parametrize("key", ["maas_abc_s3cret\nx: y", "maas_abc_s3crét", " ", "maas_abc_s3cret x"])
async def test_a_key_that_no_header_takes_is_not_sent_and_not_shown(maas: Cli, api: FakeApi, key: str) -> None:
    transport = httpx2.MockTransport(api)
    with Client(URL, api_key=key, transport=transport) as client, pytest.raises(errors.BadCredential) as caught:
        client.account.me()
    assert "s3cr" not in str(caught.value)
    assert api.requests == []


async def test_a_line_end_behind_a_key_is_left_out(maas: Cli, api: FakeApi) -> None:
    maas.patch.setenv("MAAS_API_KEY", "maas_abc_def\n")
    maas("maas models list")
    assert api.requests[-1].headers["authorization"] == "Bearer maas_abc_def"
