"""Signals that end a command. It imports little, because it must come before everything else."""

import os
import signal
from types import FrameType

INTERRUPTED = 130  # 128 + SIGINT, the exit status in shells


def exit_at_once() -> None:
    """Makes SIGINT and SIGTERM end the process without a traceback. Nothing was started yet, so nothing is cleaned up.

    An exception would not do: raised in a callback of the import system, Python prints it and goes on.
    """
    _handle(lambda number, _frame: os._exit(128 + number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # local/up blocks it until now


def exit_in_order() -> None:
    """Makes SIGINT and SIGTERM raise SystemExit, so that children that are waited for are ended first."""
    _handle(_raise_exit)


def ignore() -> None:
    """Makes SIGINT and SIGTERM do nothing: everything has stopped, and the process is about to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _handle(handler: "signal._HANDLER") -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _raise_exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
