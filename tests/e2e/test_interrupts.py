"""A signal at any moment of a start ends `local/up` without a traceback, and leaves no process."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from local.paths import ROOT

# In seconds after the start: the script, Python's own start, imports, stores, functions.
_MOMENTS = (0.02, 0.1, 0.3, 0.8, 1.5, 2.5, 4.0)
pytestmark = pytest.mark.skipif("MAAS_URL" in os.environ, reason="it starts stacks of its own")

_READY = "Press Ctrl-C to stop everything"  # a stack that is ready by then ends in order


@pytest.mark.parametrize("moment", _MOMENTS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_the_start_ends_everything(tmp_path: Path, number: signal.Signals, moment: float) -> None:
    mark = str(tmp_path)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background process ignores it
    pipe = subprocess.PIPE
    environment = os.environ | {"HOME": mark}  # children inherit this variable, so it finds them
    process = subprocess.Popen(
        [ROOT / "local/up", "--fresh"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=subprocess.STDOUT,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    time.sleep(moment)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)

    assert process.returncode in ({0} if _READY in output else {130, 128 + number, -number}), output
    assert "Traceback" not in output
    assert "Exception" not in output
    assert [process for process in Path("/proc").glob("[0-9]*") if mark in _environment(process)] == []


def _environment(process: Path) -> str:
    try:
        return (process / "environ").read_text(errors="replace")
    except OSError:
        return ""
