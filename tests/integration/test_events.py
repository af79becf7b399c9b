"""events/*/*.json are what AWS would send: each HTTP event is of a route that template.yaml gives to that function."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.aws import ROOT, Aws

FILES = sorted(ROOT.glob("events/*/*.json"))


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


HTTP = [path for path in FILES if "http" in _read(path).get("requestContext", {}) and "type" not in _read(path)]


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_an_event_is_for_a_function_that_is_there(path: Path) -> None:
    assert _read(path)
    assert (ROOT / "functions" / path.parent.name / "app.py").exists()


@pytest.mark.parametrize("path", HTTP, ids=_name)
def test_the_parts_of_an_http_event_agree(path: Path) -> None:
    event = _read(path)
    http, method = event["requestContext"]["http"], event["routeKey"].split()[0]
    assert (http["method"], http["path"]) == (method, event["rawPath"])
    assert event["requestContext"]["routeKey"] == event["routeKey"]
    template = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", event["routeKey"].split()[1])
    matched = re.fullmatch(template, event["rawPath"])
    assert matched
    assert matched.groupdict() == event.get("pathParameters", {})
    assert set(dict(parse_qsl(event["rawQueryString"]))) == set(event.get("queryStringParameters", {}))
    assert all(name == name.lower() for name in event["headers"])


@pytest.mark.parametrize("path", HTTP, ids=_name)
def test_an_http_event_is_of_a_route_of_its_function(aws: Aws, path: Path) -> None:
    event = _read(path)
    route = next(route for route in aws.application.routes if route.key == event["routeKey"])
    assert aws.application.functions[route.function].code.name == path.parent.name
    assert ("authorizer" in event["requestContext"]) == bool(route.authorizer)
