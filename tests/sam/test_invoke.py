"""`sam local invoke`: every function of template.yaml with each of its events, as built and in Lambda's image."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from local.sam import cli
from tests.sam.worlds import World
from tests.support import lambda_events
from tests.support.lambda_events import ROOT, Case
from tests.support.stacks import RunningStack

FUNCTIONS = lambda_events.functions()
CASES = [case for function in FUNCTIONS for case in lambda_events.cases(function)]
# What needs nothing in the stack: anyone who has a running one gets an answer to the files as they lie there.
AS_THEY_ARE = ["auth/healthz", "auth/jwks", "models/list"]
_AT_ONCE, _LIMIT = 6, 300

pytestmark = pytest.mark.sam
Answered = Mapping[str, Future[tuple[Any, Mapping[str, str]]]]


def _arguments(stack: RunningStack, function: str, event: Path) -> list[str]:
    """With the settings that the running stack has written down."""
    return ["local", "invoke", function, "-e", str(event), "--config-file", stack.ready["samconfig"]]


class _Invoker:
    """tests/sam/invoker.py: one call at a time."""

    def __init__(self) -> None:
        command = [*cli.argv()[:-1], "python", str(Path(__file__).with_name("invoker.py"))]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, env=cli.environment(), cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def __call__(self, arguments: list[str], folder: Path) -> Any:
        """What the function answers, or its error. Fails where SAM does."""
        job = {"arguments": arguments, "stdout": str(folder / "stdout"), "stderr": str(folder / "stderr")}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        status, answer = self._process.stdout.readline().strip(), (folder / "stdout").read_text()
        # SAM ends well, and says nothing, when a function's time is over.
        assert (status, bool(answer)) == ("0", True), (folder / "stderr").read_text()
        return json.loads(answer)

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def answered(
    sam_stack: RunningStack, credentials: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Answered]:
    """The chosen cases, some at a time, in the order in which the tests ask for them."""
    idle: SimpleQueue[_Invoker] = SimpleQueue()
    invokers = [_Invoker() for _ in range(_AT_ONCE)]
    for invoker in invokers:
        idle.put(invoker)

    def answer(case: Case) -> tuple[Any, Mapping[str, str]]:
        folder = tmp_path_factory.mktemp(str(case))
        world, file = World(sam_stack, case.given), folder / "event.json"
        file.write_text(json.dumps(case.event(world.instead)))
        invoke = idle.get()
        try:
            return invoke(_arguments(sam_stack, FUNCTIONS[case.function], file), folder), world.instead
        finally:
            idle.put(invoke)

    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    chosen = [item.callspec.params["case"] for item in items if item.function is test_an_event_is_answered]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {str(case): pool.submit(answer, case) for case in chosen if isinstance(case, Case)}
        pool.shutdown(cancel_futures=True)
    for invoker in invokers:
        invoker.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_event_is_answered(answered: Answered, case: Case) -> None:
    answer, instead = answered[str(case)].result()

    case.check(answer, instead)


@pytest.mark.parametrize("name", AS_THEY_ARE)
def test_an_event_is_answered_as_it_lies_there(sam_stack: RunningStack, name: str) -> None:
    """By the command that events/README.md gives."""
    arguments = _arguments(sam_stack, FUNCTIONS[name.partition("/")[0]], ROOT / "events" / f"{name}.json")

    done = subprocess.run(
        cli.argv(*arguments),
        cwd=ROOT,
        env=cli.environment(),
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["statusCode"] == 200
