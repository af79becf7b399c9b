"""A process that is killed at any time loses at most one period of its sketches, and nothing counts twice."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from maas.adapters.aws.sketches import DynamoSketches
from maas.adapters.sketches.lazy import LazySketches
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.windows import Window
from maas.services.sketch_reading import read
from tests.support.aws import ROOT, Aws
from tests.support.killed_watcher import PAUSE, PERIOD
from tests.support.predicted import version
from tests.support.rounds import FULL

_ROUNDS = 8 if FULL else 2
# Time for the put itself, on a machine that is busy.
_SLACK = 1.5


@pytest.mark.parametrize("seed", range(_ROUNDS))
def test_a_kill_loses_at_most_one_period(aws: Aws, seed: int) -> None:
    number, random_ = f"1.0.{seed}", random.Random(seed)
    table = aws.application.functions["MonitoringFunction"].environment["MAAS_MONITORING_TABLE"]
    command = [sys.executable, "-m", "tests.support.killed_watcher", aws.endpoint, table, number]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=_environment()) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(4 + 2 * random_.random())
        process.send_signal(signal.SIGKILL)
        told = [line.split() for line in process.stdout.read().splitlines() if line.count(" ") == 1]
    place, now = Place.of(version(number=number)), int(time.time())
    stored = read(DynamoSketches(table, aws.endpoint), LazySketches(), place, Window(now - 600, now + 600))
    count, last = int(told[-1][0]), float(told[-1][1])
    before = max(int(each) for each, at in told if float(at) <= last - PERIOD - 2 * PAUSE - _SLACK)
    assert before <= stored.rows <= count
    assert stored.rows == stored.calls > 0


def _environment() -> dict[str, str]:
    path = [str(ROOT), str(ROOT / "layers/shared/python"), str(ROOT / "clients/python/src")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
