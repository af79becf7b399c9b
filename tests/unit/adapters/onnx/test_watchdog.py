import time
from types import SimpleNamespace

import pytest

from maas.adapters.onnx.watchdog import Watchdog


class _Counted(Watchdog):
    """Counts how often the thread wakes."""

    checks = 0

    def _check(self) -> float:
        self.checks += 1
        return super()._check()


@pytest.fixture(scope="module")
def watchdog() -> Watchdog:
    return Watchdog()


def _terminated(watchdog: Watchdog, limit: float, work: float) -> bool:
    run = SimpleNamespace(terminate=False)
    with watchdog.watch(run, time.monotonic() + limit):
        time.sleep(work)
    return run.terminate is True


def test_a_run_past_its_limit_is_terminated(watchdog: Watchdog) -> None:
    assert _terminated(watchdog, limit=0.05, work=0.5)


def test_a_run_within_its_limit_is_not_terminated(watchdog: Watchdog) -> None:
    assert not _terminated(watchdog, limit=5, work=0)
    assert not _terminated(watchdog, limit=0.05, work=0)
    time.sleep(0.1)
    assert not _terminated(watchdog, limit=5, work=0.1)


def test_a_short_limit_after_a_long_one_is_kept(watchdog: Watchdog) -> None:
    _terminated(watchdog, limit=60, work=0)

    assert _terminated(watchdog, limit=0.05, work=0.5)


def test_a_long_limit_after_a_short_one_is_kept(watchdog: Watchdog) -> None:
    _terminated(watchdog, limit=0.1, work=0)

    assert not _terminated(watchdog, limit=0.6, work=0.3)
    assert _terminated(watchdog, limit=0.1, work=0.5)


def test_runs_within_their_limits_do_not_wake_the_thread() -> None:
    watchdog = _Counted()
    for _ in range(50):
        _terminated(watchdog, limit=60, work=0)
        time.sleep(0.002)  # the thread has time to wake
    assert watchdog.checks <= 2
