"""Requests that schemathesis makes from the document, by two organizations: every answer is one that it declares."""

from pathlib import Path

import pytest

from tests.support.printed import PRINTED, Recorder
from tests.support.rounds import FULL
from tests.support.schemathesis_run import SEEDS, schemathesis_run
from tests.support.stacks import RunningStack

# The gate sends each operation some requests, and all rounds go on to scenarios of several requests. One worker makes
# the same requests of a seed each time. With several, CPython 3.11 may fail when two threads parse code.
_FEW = ("--workers", "1", "--phases", "examples,fuzzing", "--max-examples", "2")
_OPTIONS = ("--workers", "1", "--max-examples", "60") if FULL else _FEW
_REQUESTS = 10_000 if FULL else 300


@pytest.mark.kinds("embedded")
@pytest.mark.timeout(3600 if FULL else 300)
@pytest.mark.parametrize("seed", SEEDS if FULL else SEEDS[:1])
def test_every_answer_is_one_that_the_document_declares(
    stack: RunningStack, tmp_path: Path, seed: int, record_property: Recorder
) -> None:
    run = schemathesis_run(stack, tmp_path, seed, *_OPTIONS)
    record_property(PRINTED, f"seed {seed}: {run}")
    assert run.code == 0, run.output[-20_000:]
    assert run.requests >= _REQUESTS
    assert run.failed == set()
    assert len(run.succeeded) > 40, "most requests do not come through to the operation"
