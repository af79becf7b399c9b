"""Child processes that never outlive the stack, each with its own log file."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.servers import die_with_parent

_FROM_THE_SHELL = ("HOME", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE")


def _tie() -> list[str]:
    """What a program is started by so that even a killed (-9) stack leaves nothing behind; only Linux knows a way."""
    return [sys.executable, "-IS", die_with_parent.__file__, str(os.getpid())] if sys.platform == "linux" else []


async def spawn(
    argv: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path | None = None
) -> asyncio.subprocess.Process:
    """Starts a process in a group of its own (Ctrl-C reaches only the stack), its output appended to `log`."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *_tie(),
            *argv,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def shell() -> dict[str, str]:
    """Of this shell's environment, only what finds programs and certificates: the template sets the rest."""
    return {name: os.environ[name] for name in _FROM_THE_SHELL if name in os.environ}


def kill(process: asyncio.subprocess.Process, number: signal.Signals = signal.SIGKILL) -> None:
    """Signals the process and its children; one that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


async def stop(process: asyncio.subprocess.Process, grace: float) -> None:
    """Asks it to end, and kills what is left of its group after `grace` seconds."""
    kill(process, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), grace)
    kill(process)
    await process.wait()


def tail(log: Path, lines: int = 12) -> str:
    """The end of a log, for an error message."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.rstrip().splitlines()[-lines:])
