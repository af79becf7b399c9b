"""The place of a login: the system's keyring, or a file that its owner alone can read.

Both are under a lock of the profile, so that two processes never refresh the same token.
"""

import importlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from maas_client.errors import MaasError
from maas_client.file_locks import locked
from maas_client.http.sessions import Grant
from maas_client.local_files import read_text, writable
from maas_client.profiles import settings

_SERVICE = "maas"


class Secrets(Protocol):
    """A place for one secret text."""

    def read(self) -> str | None: ...

    def write(self, text: str | None) -> None: ...


class FileSecrets:
    """A file with mode 0600, which is replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str | None:
        if not self._path.exists():
            return None
        return read_text(self._path)

    def write(self, text: str | None) -> None:
        with writable(self._path):
            if text is None:
                self._path.unlink(missing_ok=True)
                return
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._path.with_suffix(".new")
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
                handle.write(text)
                handle.flush()
                os.fsync(handle.fileno())
            new.replace(self._path)


class KeyringSecrets:
    """An entry of the system's keyring."""

    def __init__(self, keyring: Any, name: str) -> None:
        self._keyring, self._name = keyring, name

    def read(self) -> str | None:
        found = self._keyring.get_password(_SERVICE, self._name)
        return str(found) if found is not None else None

    def write(self, text: str | None) -> None:
        if text is not None:
            self._keyring.set_password(_SERVICE, self._name, text)
        elif self.read() is not None:
            self._keyring.delete_password(_SERVICE, self._name)


class Login:
    """The credential of a profile: an API key, or the tokens of a session. It is for one address alone."""

    def __init__(self, secrets: Secrets, lock: Path, api_url: str) -> None:
        self._secrets, self._lock, self._api_url = secrets, lock, api_url

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        async with locked(self._lock):
            yield

    @property
    def api_key(self) -> str | None:
        return self._read().get("api_key")

    def save_key(self, key: str) -> None:
        self._write({"api_key": key})

    def load(self) -> Grant | None:
        found = self._read()
        if "access" not in found:
            return None
        times = {name: datetime.fromisoformat(found[name]) for name in ("issued", "expires")}
        return Grant(found["access"], found["refresh"], asked=bool(found["asked"]), **times)

    def save(self, grant: Grant | None) -> None:
        if grant is None:
            self._secrets.write(None)
            return
        times = {"issued": grant.issued.isoformat(), "expires": grant.expires.isoformat()}
        self._write({"access": grant.access, "refresh": grant.refresh, "asked": grant.asked, **times})

    def forget(self) -> None:
        self._secrets.write(None)

    def _read(self) -> dict[str, Any]:
        text = self._secrets.read()
        try:
            found = json.loads(text) if text else {}
        except ValueError:
            raise MaasError("the stored login can't be read: log in again with maas auth login") from None
        # A credential is never sent to another server than the one that it is for.
        return found if isinstance(found, dict) and found.get("api_url") == self._api_url else {}

    def _write(self, values: dict[str, Any]) -> None:
        self._secrets.write(json.dumps({"api_url": self._api_url, **values}))


def login_of(chosen: settings.Settings) -> Login:
    """Returns the login of a profile."""
    base = settings.folder() / "credentials"
    keyring = None if chosen.credentials == "file" else _keyring()
    if chosen.credentials == "keyring" and keyring is None:
        raise settings.BadSetting("there is no keyring: pip install 'maas-client[keyring]', or use credentials = file")
    file = base / f"{chosen.profile}.json"
    secrets: Secrets = KeyringSecrets(keyring, chosen.profile) if keyring else FileSecrets(file)
    return Login(secrets, base / f"{chosen.profile}.lock", chosen.api_url)


def _keyring() -> Any:
    """Returns the module `keyring`, or None if it is not installed or has no place to keep anything."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    return keyring if getattr(keyring.get_keyring(), "priority", 0) >= 1 else None
