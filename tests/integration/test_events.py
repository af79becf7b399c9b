"""The events in events/ are complete, and their routes are those of template.yaml."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from local.errors import StackError
from local.events import files
from local.events.worlds import World
from tests.support import lambda_events
from tests.support.aws import Aws
from tests.support.lambda_events import ROOT, Case

CASES = [case for function in lambda_events.functions() for case in lambda_events.cases(function)]


def _event(case: Case) -> dict[str, Any]:
    return case.event({})


HTTP = [case for case in CASES if "http" in _event(case).get("requestContext", {}) and "type" not in _event(case)]


def test_every_function_has_events_and_every_event_an_answer() -> None:
    assert lambda_events.gaps() == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_state_of_every_event_can_be_made(case: Case) -> None:
    file = ROOT / "events" / case.function / f"{case.name}.json"
    assert files.precondition(file) == case.given
    assert callable(getattr(World, case.given))


@pytest.mark.parametrize("name", ["models/nope.json", "models/answers.yaml", "README.md"])
def test_a_file_that_is_no_event_is_refused(name: str) -> None:
    with pytest.raises(StackError, match=r"no file of events|does not name"):
        files.precondition(ROOT / "events" / name)


def test_every_route_has_an_event(aws: Aws) -> None:
    assert {route.key for route in aws.application.routes} == {_event(case)["routeKey"] for case in HTTP}


def _function(root: Path) -> None:
    template = root / "template.yaml"
    echo = "  EchoFunction: { Type: AWS::Serverless::Function, Properties: { CodeUri: functions/echo } }\n"
    template.write_text(template.read_text().replace("\nResources:\n", f"\nResources:\n{echo}", 1))


def _event_of_no_function(root: Path) -> None:
    (root / "events/echo").mkdir()
    (root / "events/echo/answers.yaml").write_text("one: { status: 200 }\n")
    (root / "events/echo/one.json").write_text("{}")


def _event_without_answer(root: Path) -> None:
    (root / "events/models/new.json").write_text("{}")


def _answer_without_event(root: Path) -> None:
    (root / "events/models/list.json").unlink()


@pytest.mark.parametrize(
    ("breaks", "gap"),
    [
        (_function, "functions/echo has no events"),
        (_event_of_no_function, "events/echo belong to no function of template.yaml"),
        (_event_without_answer, "events/models/new.json has no answer"),
        (_answer_without_event, "events/models/list.json does not exist"),
    ],
)
def test_missing_files_are_named(tmp_path: Path, breaks: Callable[[Path], None], gap: str) -> None:
    shutil.copytree(ROOT / "events", tmp_path / "events")
    shutil.copy(ROOT / "template.yaml", tmp_path)
    breaks(tmp_path)

    assert lambda_events.gaps(tmp_path) == [gap]


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ({"status": 200}, {"statusCode": 201}),
        ({"status": 200}, {"statusCode": 200, "body": "x"}),
        ({"status": 404, "body": {}}, {"statusCode": 404, "headers": {"content-type": "text/plain"}, "body": "{}"}),
        ({"status": 200, "body": {"a": 1}}, {"statusCode": 200, "body": "{}"}),
        ({"status": 200, "body": {"a": [1]}}, {"statusCode": 200, "body": '{"a": [1, 2]}'}),
        ({"answer": {"batchItemFailures": []}}, {"batchItemFailures": [{"itemIdentifier": "1"}]}),
        ({"answer": None}, {"errorType": "InvalidInput"}),
    ],
)
def test_an_unexpected_answer_fails_the_check(expected: dict[str, Any], answer: Any) -> None:
    with pytest.raises(AssertionError):
        Case("models", "list", "nothing", expected).check(answer, {})


ROUTED = [case for case in HTTP if _event(case)["routeKey"] != "$default"]


@pytest.mark.parametrize("case", ROUTED, ids=str)
def test_the_parts_of_an_http_event_agree(case: Case) -> None:
    event = _event(case)
    http, method = event["requestContext"]["http"], event["routeKey"].split()[0]
    assert (http["method"], http["path"]) == (method, event["rawPath"])
    assert event["requestContext"]["routeKey"] == event["routeKey"]
    template = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", event["routeKey"].split()[1])
    matched = re.fullmatch(template, event["rawPath"])
    assert matched
    assert matched.groupdict() == event.get("pathParameters", {})
    assert set(dict(parse_qsl(event["rawQueryString"]))) == set(event.get("queryStringParameters", {}))
    assert all(name == name.lower() for name in event["headers"])


@pytest.mark.parametrize("case", HTTP, ids=str)
def test_an_http_event_names_a_route_of_its_function(aws: Aws, case: Case) -> None:
    event = _event(case)
    route = next(route for route in aws.application.routes if route.key == event["routeKey"])
    assert aws.application.functions[route.function].code.name == case.function
    assert ("authorizer" in event["requestContext"]) == bool(route.authorizer)
