import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from maas.entrypoints.cancellation import Cancellation

STAYS, LEFT = {"path": "/stays"}, {"path": "/left"}


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGUSR1)
    yield
    signal.signal(signal.SIGUSR1, before)


def test_a_caller_that_goes_is_told_for_its_event_alone() -> None:
    interrupted = threading.Event()
    cancellation = Cancellation(interrupted.set)
    told = []

    def handler(event: Any, _context: Any) -> None:
        before = cancellation.is_told()
        if event == LEFT:
            os.kill(os.getpid(), signal.SIGUSR1)
        told.append((before, cancellation.is_told()))

    for event in (STAYS, LEFT, STAYS):
        cancellation.around(handler)(event, None)

    assert told == [(False, False), (False, True), (False, False)]
    assert interrupted.wait(9)
