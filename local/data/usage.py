"""Memory of a stack's processes, and disk space of its data folder."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil


def of_processes(launcher: int, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Lists the process with the id `launcher` and its descendants.

    `names` has the parts that processes are. Memory is in bytes: each process's share of what several use (PSS) where
    the system tells, and else what it alone uses.
    """
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(launcher)
        for process in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                found.append({"pid": process.pid, "name": _name(process, names), "memory_bytes": _memory(process)})
    return found


def of_folder(folder: Path) -> int:
    """The bytes that the folder's files take on disk. Files that vanish meanwhile are left out."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.lstat().st_blocks * 512
    return total


def _name(process: psutil.Process, names: Mapping[int, str]) -> str:
    if process.pid in names:
        return names[process.pid]
    if "awslambdaric" in (line := process.cmdline()):
        return process.environ().get("AWS_LAMBDA_FUNCTION_NAME", "function")
    return "stack" if "local" in line else Path(line[0]).name if line else process.name()


def _memory(process: psutil.Process) -> int:
    memory = process.memory_full_info()
    return int(getattr(memory, "pss", memory.uss))
