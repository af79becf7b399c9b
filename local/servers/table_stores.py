"""Servers for DynamoDB and its streams: dynoxide, DynamoDB Local, or moto, which needs no program of its own."""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local import programs
from local.servers import dynoxide_file, processes
from local.servers.managed_process import ProcessSpec
from local.servers.probes import accepts_connections, http_success

TablesChoice = Literal["auto", "dynoxide", "dynamodb-local", "moto"]
Engine = Literal["dynoxide", "dynamodb-local"]
ENGINES: tuple[Engine, ...] = ("dynoxide", "dynamodb-local")  # the better one first


@dataclass(frozen=True, slots=True)
class TableStore:
    """An engine and the path of its program."""

    engine: Engine
    program: str

    def process(self, port: int, folder: Path) -> ProcessSpec:
        """How to run it with its files in `folder`."""
        return (
            _dynoxide(self.program, port, folder) if self.engine == "dynoxide" else _local(self.program, port, folder)
        )

    def prepare(self, folder: Path) -> str | None:
        """Prepares the files of the running engine for long use. Returns a remark about what remains wrong."""
        if self.engine == "dynoxide":
            try:
                dynoxide_file.prepare(folder)
            except sqlite3.Error as error:
                return f"dynoxide becomes slower with each write, because its file can't be indexed: {error}"
            return None
        return "DynamoDB Local loses the last transactions that it has answered if it is killed or the disk is full"


def choose(choice: TablesChoice) -> TableStore | None:
    """The chosen engine, built first if necessary, or for "auto" dynoxide if this machine has it; None to use moto.

    DynamoDB Local needs to be chosen, because it answers transactions before it has stored them (docs/decisions/0041).

    Raises:
        StackError: the chosen engine can't be built.
    """
    if choice == "auto":
        return find("dynoxide")
    return None if choice == "moto" else TableStore(choice, programs.find_or_build(choice))


def find(engine: Engine) -> TableStore | None:
    """The engine, if this machine can run it now."""
    program = programs.find(engine)
    if program is None or (engine == "dynamodb-local" and shutil.which("java") is None):
        return None
    return TableStore(engine, program)


def _dynoxide(program: str, port: int, folder: Path) -> ProcessSpec:
    file = str(folder / dynoxide_file.NAME)
    argv = [program, "serve", "--host", "127.0.0.1", "--port", str(port), "--db-path", file]
    return ProcessSpec("tables", argv, processes.shell(), http_success(f"http://127.0.0.1:{port}/"))


def _local(program: str, port: int, folder: Path) -> ProcessSpec:
    argv = [program, "-port", str(port), "-sharedDb", "-disableTelemetry", "-dbPath", str(folder)]
    return ProcessSpec("tables", argv, processes.shell(), accepts_connections(port), start_timeout=60)
