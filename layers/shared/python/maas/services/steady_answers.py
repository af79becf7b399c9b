"""Answers that take the same time whatever was done, so that their time tells nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from maas.domain.errors import MaasError, Unavailable

# Seconds of each answer: longer than a mail usually takes, because a Lambda function is frozen when it has answered.
ANSWER_TIME = 1.0


class SteadyAnswers:
    """Answers after `seconds`, or later if the work itself takes longer. What is to be done afterwards never does."""

    def __init__(
        self,
        seconds: float = ANSWER_TIME,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds, self._clock, self._sleep = seconds, clock, sleep

    @contextmanager
    def answer(self) -> Iterator[Callable[[Callable[[], None]], None]]:
        """Runs the block, and answers at the time. The block gets a function that starts work beside the answer."""
        started = self._clock()
        yield _start
        self._wait(started)

    @contextmanager
    def refusal(self, kind: type[MaasError]) -> Iterator[None]:
        """Runs the block. An error of this kind is raised at the time, every other outcome at once."""
        started = self._clock()
        try:
            yield
        except kind:
            self._wait(started)
            raise

    def _wait(self, started: float) -> None:
        self._sleep(max(0.0, self._seconds - (self._clock() - started)))


def _start(work: Callable[[], None]) -> None:
    threading.Thread(target=_run, args=(work,), daemon=True).start()


def _run(work: Callable[[], None]) -> None:
    with suppress(Unavailable):  # the adapter has logged it
        work()
