"""Every built function of template.yaml in Lambda's image, with its events.

The first event of a function of _COLD goes through `sam local invoke`, which starts a container for each call. The
others go to the warm containers of `sam local start-lambda`, as they do on Lambda. Every event of the models function
runs in tests/integration/test_models_function.py too, so only a few of these run here, or all with TEST_ROUNDS=full.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from local.events.worlds import World
from local.sam import cli
from tests.support import lambda_events
from tests.support.lambda_events import ROOT, Case
from tests.support.rounds import FULL
from tests.support.stacks import RunningStack

FUNCTIONS = lambda_events.functions()
_MODELS = None if FULL else 3
# The one that answers the gateway, and the largest.
_COLD = FUNCTIONS.keys() if FULL else ("authorizer", "inference")
CASES = [
    case
    for function in FUNCTIONS
    for case in lambda_events.cases(function)[: _MODELS if function == "models" else None]
]
# Events that need no state, so that the unchanged files work with any running stack.
WITHOUT_STATE = ["auth/healthz", "auth/jwks"]
_PARALLEL, _LIMIT = 2, 300

pytestmark = pytest.mark.sam
Answered = Mapping[str, Future[tuple[Any, Mapping[str, str]]]]


def _arguments(stack: RunningStack, function: str, event: Path) -> list[str]:
    """The arguments of SAM CLI, with the config file of the running stack."""
    return ["local", "invoke", function, "-e", str(event), "--config-file", stack.ready["samconfig"]]


def _invoke_warm(stack: RunningStack, function: str, event: Path) -> Any:
    """Returns the answer or error of the function in its warm container."""
    url = f"{stack.ready['lambda']}/2015-03-31/functions/{function}/invocations"
    return stack.http.post(url, content=event.read_bytes(), timeout=_LIMIT).raise_for_status().json()


class _Invoker:
    """A process of tests/sam/invoker.py, which runs one call at a time."""

    def __init__(self) -> None:
        command = [*cli.argv()[:-1], "python", str(Path(__file__).with_name("invoker.py"))]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, env=cli.environment(), cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def __call__(self, arguments: list[str], folder: Path) -> Any:
        """Returns the function's answer or error.

        Raises:
            AssertionError: SAM CLI failed or printed no answer; the message has its log.
        """
        job = {"arguments": arguments, "stdout": str(folder / "stdout"), "stderr": str(folder / "stderr")}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        status, answer = self._process.stdout.readline().strip(), (folder / "stdout").read_text()
        # When a function times out, SAM CLI exits with 0 and prints nothing.
        assert (status, bool(answer)) == ("0", True), (folder / "stderr").read_text()
        return json.loads(answer)

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def answered(
    sam_stack: RunningStack, credentials: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Answered]:
    """The answers to the selected cases, which run in parallel and in the order of the tests."""
    idle: SimpleQueue[_Invoker] = SimpleQueue()
    invokers = [_Invoker() for _ in range(_PARALLEL)]
    for invoker in invokers:
        idle.put(invoker)

    def answer(case: Case) -> tuple[Any, Mapping[str, str]]:
        folder = tmp_path_factory.mktemp(str(case))
        world, file = World(sam_stack.ready, sam_stack.anonymous(), case.given), folder / "event.json"
        file.write_text(json.dumps(case.event(world.replacements)))
        if case not in first:
            return _invoke_warm(sam_stack, FUNCTIONS[case.function], file), world.replacements
        invoke = idle.get()
        try:
            return invoke(_arguments(sam_stack, FUNCTIONS[case.function], file), folder), world.replacements
        finally:
            idle.put(invoke)

    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    chosen = [item.callspec.params["case"] for item in items if item.function is test_an_event_is_answered]
    cases = [case for case in chosen if isinstance(case, Case)]
    first = list({case.function: case for case in reversed(cases) if case.function in _COLD}.values())
    with ThreadPoolExecutor(_PARALLEL) as pool:
        yield {str(case): pool.submit(answer, case) for case in cases}
        pool.shutdown(cancel_futures=True)
    for invoker in invokers:
        invoker.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_event_is_answered(answered: Answered, case: Case) -> None:
    answer, replacements = answered[str(case)].result()

    case.check(answer, replacements)


@pytest.mark.parametrize("name", WITHOUT_STATE)
def test_an_unchanged_event_file_is_answered(sam_stack: RunningStack, name: str) -> None:
    """Runs the command in events/README.md."""
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
