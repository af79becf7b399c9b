import threading
import time

import pytest

from maas.domain.errors import Unavailable
from maas.services.steady_answers import SteadyAnswers


@pytest.mark.parametrize(("worked", "slept"), [(0.0, 1.0), (0.25, 0.75), (1.0, 0.0), (7.0, 0.0)])
def test_an_answer_waits_for_the_rest_of_its_time(worked: float, slept: float) -> None:
    times, sleeps = iter([100.0, 100.0 + worked]), list[float]()
    with SteadyAnswers(1.0, lambda: next(times), sleeps.append).answer():
        pass
    assert sleeps == [slept]


def test_an_answer_never_waits_for_what_is_done_afterwards() -> None:
    going_on, done = threading.Event(), threading.Event()

    def work() -> None:
        going_on.wait()
        done.set()

    started = time.monotonic()
    with SteadyAnswers(0.05).answer() as afterwards:
        afterwards(work)
    assert 0.05 <= time.monotonic() - started < 1
    assert not done.is_set()
    going_on.set()
    assert done.wait(5)


def test_what_is_done_afterwards_may_be_unavailable(recwarn: pytest.WarningsRecorder) -> None:
    tried = threading.Event()

    def work() -> None:
        tried.set()
        raise Unavailable("mail can't be sent just now; try again")

    with SteadyAnswers(0.05).answer() as afterwards:
        afterwards(work)
    assert tried.wait(5)
    assert not [warning for warning in recwarn if "Thread" in type(warning.message).__name__]


def test_an_error_of_the_block_is_raised_at_once() -> None:
    sleeps = list[float]()
    with pytest.raises(Unavailable), SteadyAnswers(1.0, time.monotonic, sleeps.append).answer():
        raise Unavailable("accounts can't be read")
    assert sleeps == []
