"""The command `maas` in this process, against an API in memory or a stack."""

import io
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import httpx2
import pytest

from maas_client import Client
from maas_client.cli import operations
from maas_client.cli.app import cli, run
from tests.support.client_api import FAST, URL


@dataclass
class Done:
    status: int
    out: str
    err: str


@dataclass
class Cli:
    """Runs commands in a folder of its own, where it keeps its configuration. `variables` are put in for `$NAME`."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def in_folder(cls, folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> "Cli":
        for name in [name for name in os.environ if name.startswith("MAAS_")]:
            patch.delenv(name)
        patch.setenv("MAAS_CONFIG_DIR", str(folder / "config"))
        patch.setenv("MAAS_CACHE_DIR", str(folder / "cache"))
        patch.chdir(folder)
        return cls(capture, patch)

    def serve(self, transport: httpx2.AsyncBaseTransport, key: str = "k") -> None:
        """Has all commands speak to this API."""
        self.patch.setenv("MAAS_API_URL", URL)
        if key:
            self.patch.setenv("MAAS_API_KEY", key)

        def client(url: str, **options: Any) -> Client:
            return Client(url, transport=transport, retries=FAST, **options)

        self.patch.setattr(operations, "Client", client)

    def __call__(self, line: str, stdin: str = "") -> Done:
        """Runs a line as a shell would: `echo TEXT | maas ...`, or `maas ...`."""
        for name, value in self.variables.items():
            line = line.replace(f"${name}", value)
        before, pipe, command = line.rpartition(" | ")
        if pipe:
            stdin = shlex.split(before)[1] + "\n"
        self.patch.setattr("sys.stdin", io.StringIO(stdin))
        self.capture.readouterr()
        status = run(shlex.split(command)[1:])
        found = self.capture.readouterr()
        return Done(status, found.out, found.err)


def commands(group: click.Group = cli, before: str = "maas") -> Iterator[tuple[str, click.Command]]:
    """Yields every command with its whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


def examples() -> list[str]:
    """All examples that the helps of commands have."""
    return [line[2:] for _, command in commands() for line in (command.epilog or "").splitlines()[2:]]
