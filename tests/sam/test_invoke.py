"""`sam local invoke`: every function of template.yaml with each of its events, as built and in Lambda's image."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local import sam
from tests import events
from tests.e2e.stacks import RunningStack
from tests.events import ROOT, Case
from tests.sam.worlds import World

FUNCTIONS = events.functions()
CASES = [case for function in FUNCTIONS for case in events.cases(function)]
# Each takes seconds, most of them of SAM's own.
_AT_ONCE, _LIMIT = 2, 300
# What needs nothing in the stack: these are answered as they lie there, by anyone who has a running stack.
AS_THEY_ARE = ["auth/healthz", "auth/jwks", "models/list"]

pytestmark = pytest.mark.sam
Answered = Mapping[str, Future[tuple[Any, Mapping[str, str]]]]


def invoke(stack: RunningStack, function: str, event: Path) -> Any:
    """What the function answers, or its error, with the settings that the running stack has written down."""
    arguments = ("local", "invoke", function, "-e", str(event), "--config-file", stack.ready["samconfig"])
    done = subprocess.run(
        sam.argv(*arguments),
        cwd=ROOT,
        env=sam.environment(),
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def answered(
    sam_stack: RunningStack, credentials: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Answered]:
    """The chosen cases, two at a time, in the order in which the tests ask for them."""
    folder = tmp_path_factory.mktemp("events")

    def answer(case: Case) -> tuple[Any, Mapping[str, str]]:
        world, file = World(sam_stack, case.given), folder / f"{case}.json"
        file.write_text(json.dumps(case.event(world.instead)))
        return invoke(sam_stack, FUNCTIONS[case.function], file), world.instead

    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    chosen = [item.callspec.params["case"] for item in items if item.function is test_an_event_is_answered]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {str(case): pool.submit(answer, case) for case in chosen if isinstance(case, Case)}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_event_is_answered(answered: Answered, case: Case) -> None:
    answer, instead = answered[str(case)].result()

    case.check(answer, instead)


@pytest.mark.parametrize("name", AS_THEY_ARE)
def test_an_event_is_answered_as_it_lies_there(sam_stack: RunningStack, name: str) -> None:
    answer = invoke(sam_stack, FUNCTIONS[name.partition("/")[0]], ROOT / "events" / f"{name}.json")

    assert answer["statusCode"] == 200
