"""Servers for DynamoDB and its streams: dynoxide, DynamoDB Local, or moto, which needs no program of its own."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local import programs
from local.servers import processes
from local.servers.managed_process import ProcessSpec
from local.servers.probes import accepts_connections, http_success

TablesChoice = Literal["auto", "dynoxide", "dynamodb-local", "moto"]
Engine = Literal["dynoxide", "dynamodb-local"]
ENGINES: tuple[Engine, ...] = ("dynoxide", "dynamodb-local")  # the better one first: docs/decisions/0041


@dataclass(frozen=True, slots=True)
class TableStore:
    """An engine and the path of its program."""

    engine: Engine
    program: str

    def process(self, port: int, folder: Path | None) -> ProcessSpec:
        """How to run it with its files in `folder`, or in memory alone. Acknowledged writes outlive the process."""
        return (
            _dynoxide(self.program, port, folder) if self.engine == "dynoxide" else _local(self.program, port, folder)
        )


def choose(choice: TablesChoice) -> TableStore | None:
    """The chosen engine, built first if necessary, or for "auto" the first one on this machine; None to use moto.

    Raises:
        StackError: the chosen engine can't be built.
    """
    if choice == "auto":
        return next(filter(None, map(find, ENGINES)), None)
    return None if choice == "moto" else TableStore(choice, programs.find_or_build(choice))


def find(engine: Engine) -> TableStore | None:
    """The engine, if this machine can run it now."""
    program = programs.find(engine)
    if program is None or (engine == "dynamodb-local" and shutil.which("java") is None):
        return None
    return TableStore(engine, program)


def _dynoxide(program: str, port: int, folder: Path | None) -> ProcessSpec:
    files = ["--db-path", str(folder / "tables.db")] if folder else []
    argv = [program, "serve", "--host", "127.0.0.1", "--port", str(port), *files]
    return ProcessSpec("tables", argv, processes.shell(), http_success(f"http://127.0.0.1:{port}/"))


def _local(program: str, port: int, folder: Path | None) -> ProcessSpec:
    files = ["-dbPath", str(folder)] if folder else ["-inMemory"]
    argv = [program, "-port", str(port), "-sharedDb", "-disableTelemetry", *files]
    return ProcessSpec("tables", argv, processes.shell(), accepts_connections(port), start_timeout=60)
