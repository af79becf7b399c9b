"""Requests that schemathesis makes from the document, by two organizations: every answer is one that it declares."""

from pathlib import Path

import pytest

from tests.support.rounds import FULL
from tests.support.schemathesis_run import schemathesis_run
from tests.support.stacks import RunningStack

# The gate sends each operation some requests, and all rounds go on to scenarios of several requests.
_OPTIONS = ("--max-examples", "45") if FULL else ("--phases", "examples,fuzzing", "--max-examples", "2")
_REQUESTS = 10_000 if FULL else 300


@pytest.mark.kinds("embedded")
@pytest.mark.timeout(3600 if FULL else 300)
def test_every_answer_is_one_that_the_document_declares(stack: RunningStack, tmp_path: Path) -> None:
    run = schemathesis_run(stack, tmp_path, "--workers", "4", *_OPTIONS)
    assert run.code == 0, run.output[-20_000:]
    assert run.requests >= _REQUESTS
    assert {answer for answer in run.answers if answer.endswith((" 500", " 502", " 504"))} == set()
    succeeded = {answer.rpartition(" ")[0] for answer in run.answers if answer.rpartition(" ")[2].startswith("2")}
    assert len(succeeded) > 40, "most requests do not come through to the operation"
