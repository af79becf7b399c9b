"""Output to a log on a full disk: it is lost, and what runs goes on."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from local.console import say, show
from maas.platform import observability

FULL = Path("/dev/full")  # each write to it fails as on a full disk
_TIMES = 3000  # more than the buffers of Python take

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")


@pytest.mark.parametrize(
    ("write", "output"),
    [(say, "stderr"), (show, "stdout"), (observability.count, "stdout")],
    ids=["messages", "results", "metrics"],
)
def test_output_that_can_not_be_written_raises_nothing(
    write: Callable[[str], None], output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptor = os.open(FULL, os.O_WRONLY)
    full = os.fdopen(descriptor, "w", closefd=False)
    monkeypatch.setattr(f"sys.{output}", full)
    for _ in range(_TIMES):
        write("a line that is longer than most")
    with pytest.raises(OSError, match="No space left on device"):
        full.flush()
    os.close(descriptor)
