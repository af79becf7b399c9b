"""Profiles: which server a command speaks to. Flags come before variables, and variables before the file."""

import configparser
import os
import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import platformdirs

from maas_client.errors import MaasError
from maas_client.file_locks import held
from maas_client.http.options import checked_url
from maas_client.local_files import read_text, replaced

DEFAULT_PROFILE = "default"
_NAME = re.compile(r"\w[\w.-]{0,99}")
KEYS = {
    "api-url": "the address of the API",
    "credentials": "where log-in tokens are kept: file or keyring; left out: the keyring if there is one",
}


class BadSetting(MaasError):
    """The configuration can't be used."""


def folder() -> Path:
    """Returns the folder of the configuration, which MAAS_CONFIG_DIR may name."""
    named = os.environ.get("MAAS_CONFIG_DIR")
    return Path(named) if named else platformdirs.user_config_path("maas")


class ConfigFile:
    """The file `config.ini`: one section for each profile, and the profile in use."""

    _USE = "maas"

    def __init__(self) -> None:
        self.path = folder() / "config.ini"
        self._read()

    def _read(self) -> None:
        self._parser = configparser.ConfigParser(interpolation=None, default_section="\0")
        if self.path.exists():
            try:
                self._parser.read_string(read_text(self.path))
            except configparser.Error as error:
                raise BadSetting(f"{self.path} can't be read: {str(error).splitlines()[0]}") from None

    def profiles(self) -> list[str]:
        return [name.removeprefix("profile ") for name in self._parser.sections() if name.startswith("profile ")]

    @property
    def used(self) -> str:
        return self._parser.get(self._USE, "profile", fallback=DEFAULT_PROFILE)

    def get(self, profile: str, key: str) -> str:
        """Returns a value of a profile, or an empty text."""
        return self._parser.get(f"profile {profile}", key, fallback="")

    def set(self, profile: str, key: str, value: str) -> None:
        self._set(f"profile {profile}", key, value)

    def use(self, profile: str) -> None:
        self._set(self._USE, "profile", profile)

    def _set(self, section: str, key: str, value: str) -> None:
        """Changes the file as it is now: another command may have changed it since it was read."""
        with held(self.path.with_suffix(".lock")):
            self._read()
            self._write(section, key, value)

    def _write(self, section: str, key: str, value: str) -> None:
        if not self._parser.has_section(section):
            self._parser.add_section(section)
        self._parser.set(section, key, value)
        text = StringIO()
        self._parser.write(text)
        replaced(self.path, text.getvalue().encode())


@dataclass(frozen=True)
class Settings:
    """The profile of one command, and the address of its server, which may be empty."""

    profile: str
    api_url: str
    credentials: str

    @classmethod
    def read(cls, profile: str | None, api_url: str | None) -> "Settings":
        """Returns what flags, variables and file say. Raises BadSetting, BadAddress."""
        file = ConfigFile()
        name = profile or os.environ.get("MAAS_PROFILE") or file.used
        if not _NAME.fullmatch(name):  # it names a file, and a section of another one
            raise BadSetting(f"{name!r} is no name of a profile: use letters, digits and . _ -, and no . at the begin")
        url = api_url or os.environ.get("MAAS_API_URL") or file.get(name, "api-url")
        return cls(name, checked_url(url) if url else "", file.get(name, "credentials"))
