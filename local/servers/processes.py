"""Child processes with a log file each. They never outlive the stack."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.servers import die_with_parent

_SHELL_VARIABLES = ("HOME", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE")


def _wrapper() -> list[str]:
    """The command that starts a program so that it ends even if the stack is killed (SIGKILL). Linux only."""
    return [sys.executable, "-IS", die_with_parent.__file__, str(os.getpid())] if sys.platform == "linux" else []


async def spawn(
    argv: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path | None = None
) -> asyncio.subprocess.Process:
    """Starts a process with its output appended to `log`.

    It has its own process group, so Ctrl-C reaches only the stack.
    """
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *_wrapper(),
            *argv,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def shell() -> dict[str, str]:
    """The variables of this shell that are needed to find programs and CA certificates; the template sets the rest."""
    return {name: os.environ[name] for name in _SHELL_VARIABLES if name in os.environ}


def kill(process: asyncio.subprocess.Process, number: signal.Signals = signal.SIGKILL) -> None:
    """Sends a signal to the process and its children. Does nothing if the process has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def tell(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Sends a signal to the process alone, if it has a handler for it: it would end without one. Linux only."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        handled = next(line.split()[1] for line in lines if line.startswith("SigCgt:"))
        if int(handled, 16) >> (number - 1) & 1:
            os.kill(process.pid, number)


async def stop(process: asyncio.subprocess.Process, grace: float) -> None:
    """Sends SIGTERM, and after `grace` seconds SIGKILL to everything left in the process group."""
    kill(process, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), grace)
    kill(process)
    await process.wait()


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, for an error message. Empty if the file does not exist."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.rstrip().splitlines()[-lines:])
