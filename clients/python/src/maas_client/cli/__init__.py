"""The command `maas`. An interrupt ends it at any moment, also while it is imported and while it ends."""

import gc
import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130
# New objects between two searches for garbage. Imports make some 100,000, and nearly no garbage.
_OBJECTS = 100_000


class _Interrupts:
    """The handler of SIGINT. While a command runs, the first one lets it tidy up; any other ends the process."""

    running = False

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        if self.running:
            self.running = False
            raise KeyboardInterrupt
        _end(b"interrupted\n")


def main() -> None:
    """Runs the command of this process and exits with its status."""
    gc.set_threshold(_OBJECTS)
    interrupts = _Interrupts()
    # A shell that starts a command in the background has it ignore interrupts: that stays.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupts)
    from maas_client.cli.app import run

    try:
        interrupts.running = True
        status = run(sys.argv[1:])
        interrupts.running = False
    except KeyboardInterrupt:
        _end(b"interrupted\n")
    if status == _INTERRUPTED:
        _end(b"")
    sys.exit(status)


def _end(text: bytes) -> None:
    """Ends the process without waiting for threads: nobody waits for their results."""
    try:
        os.write(2, text)
        sys.stdout.flush()
    except (OSError, ValueError, RuntimeError, AttributeError):
        pass
    os._exit(_INTERRUPTED)
