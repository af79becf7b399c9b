"""Ends the work of a call whose caller has gone, where somebody tells.

The local stack sends SIGUSR1. Lambda's Runtime API tells nothing.
"""

import signal
import threading
from collections.abc import Callable


def on_cancellation(interrupt: Callable[[], object]) -> None:
    """Calls `interrupt` for each signal. Must be called by the main thread.

    It is called in a thread of its own: the signal may come while the main thread holds a lock that `interrupt` needs.
    """
    signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=interrupt, daemon=True).start())
