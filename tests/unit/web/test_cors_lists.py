"""The CORS lists of template.yaml are those of the routes and of the headers that the code reads and sets."""

import re
from typing import Any

import pytest

from local.paths import ROOT
from local.template import intrinsics
from tests.support.header_uses import read_headers, sources, to_allow, to_expose, written_headers
from tests.support.template_routes import declared_routes

_TEMPLATE = intrinsics.load(ROOT / "template.yaml")
_CORS: list[dict[str, Any]] = _TEMPLATE["Globals"]["HttpApi"]["CorsConfiguration"]["Fn::If"][1:]
both = pytest.mark.parametrize("cors", _CORS, ids=["any origin", "listed origins"])


@both
def test_browsers_may_send_each_header_that_the_code_reads(cors: dict[str, Any]) -> None:
    assert set(cors["AllowHeaders"]) == to_allow()


@both
def test_browsers_can_read_each_header_that_the_code_sets(cors: dict[str, Any]) -> None:
    assert set(cors["ExposeHeaders"]) == to_expose()


@both
def test_browsers_may_use_each_method_that_a_route_has(cors: dict[str, Any]) -> None:
    assert set(cors["AllowMethods"]) == {route.method for route in declared_routes() if route.method != "ANY"}


def test_the_headers_of_the_code_are_found() -> None:
    read, written = read_headers(sources(), {"trace.HEADER": "traceparent"}), written_headers(sources())
    assert {"accept", "content-type", "if-match", "if-none-match", "traceparent", "x-request-id"} <= read
    assert {"deprecation", "etag", "link", "retry-after", "vary", "x-cache", "x-request-id"} <= written


@pytest.mark.parametrize(
    ("origins", "accepted"),
    [
        ("*", True),
        ("https://app.example.com", True),
        ("https://app.example.com,http://localhost:5173", True),
        ("https://app.example.com, https://b.example.com", False),
        ("https://app.example.com/", False),
        ("https://App.example.com", False),
        ("https://*.example.com", False),
        ("https://app.example.com,*", False),
        ("app.example.com", False),
        ("", False),
    ],
)
def test_the_parameter_accepts_lists_of_origins_alone(origins: str, accepted: bool) -> None:
    pattern = _TEMPLATE["Parameters"]["CorsOrigin"]["AllowedPattern"]
    assert (re.fullmatch(pattern, origins) is not None) == accepted
