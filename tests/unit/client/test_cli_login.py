"""Profiles, and where a login is kept."""

import json
import stat
import sys
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from maas_client.cli.credentials import login_of
from maas_client.cli.settings import Settings
from maas_client.http.sessions import Grant
from tests.support.cli import Cli
from tests.support.client_api import MODEL, URL, USER, FakeApi

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
    maas("maas models list --api-url http://other.test")
    assert "authorization" not in api.requests[-1].headers


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
