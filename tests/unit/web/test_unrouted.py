"""Requests that no route of the API takes: 404, or 405 with the methods of the path."""

from functools import cache

import pytest

from maas.entrypoints.http import LambdaHandler, create_app, lambda_handler
from maas.web.paths import METHODS
from tests.support.http_gateway import CONTEXT, Reply, event, invoke, person
from tests.support.template_routes import declared_routes

MODEL = "/api/v1/models/01939e4c-7d2a-7d00-8000-000000000001"


@cache
def handler() -> LambdaHandler:
    """One for all tests, made inside the first: Mangum would open an event loop of its own during the collection."""
    return lambda_handler(create_app(title="test"))


def ask(method: str, path: str, body: bytes | None = None) -> Reply:
    asked = event(method, path, body=body, headers={}, by=None)
    asked["requestContext"]["routeKey"] = "$default"
    return invoke(handler(), asked)


def test_the_methods_of_every_path_are_those_of_the_template() -> None:
    declared: dict[str, set[str]] = {}
    for route in declared_routes():
        declared.setdefault(route.path, set()).add(route.method)
    assert {path: set(methods.split()) for path, methods in METHODS.items()} == declared


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/healthz", "GET, OPTIONS"),
        ("HEAD", "/healthz", "GET, OPTIONS"),
        ("PUT", "/api/v1/models", "GET, POST, OPTIONS"),
        ("POST", MODEL, "GET, PUT, PATCH, DELETE, OPTIONS"),
        ("GET", f"{MODEL}/predict", "POST, OPTIONS"),
        ("GET", f"{MODEL}/upload", "POST, OPTIONS"),
        ("POST", f"{MODEL}/versions/^1.2/download", "GET, OPTIONS"),
        ("BREW", "/api/v1/auth/login", "POST, OPTIONS"),
    ],
)
def test_another_method_of_a_path_is_a_405_that_allows_its_own(method: str, path: str, allow: str) -> None:
    reply = ask(method, path, b"{}")
    assert (reply.status, reply.headers["content-type"]) == (405, "application/problem+json")
    assert (reply.json["code"], reply.headers["allow"]) == ("method_not_allowed", allow)
    assert reply.json["detail"] == f"{method} is not one of {allow}"
    assert reply.json["request_id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize(
    "path",
    ["/", "/api/v1", "/api/v2/models", "/api/v1/models/", f"{MODEL}/nothing", f"{MODEL}/versions/1.0.0/", "/healthzx"],
)
def test_an_unknown_path_is_a_404_that_names_it(path: str) -> None:
    reply = ask("GET", path)
    assert (reply.status, reply.json["code"]) == (404, "not_found")
    assert reply.json["detail"] == f"there is no path {path}"
    assert "allow" not in reply.headers


@pytest.mark.parametrize(
    "path", ["/v2/models/acme/iris", "/v2/models/acme/iris/infer", "/api/v1/models/acme/iris/versions/1.0.0"]
)
def test_a_path_with_an_owner_tells_how_it_is_escaped(path: str) -> None:
    reply = ask("GET", path)
    assert reply.json["detail"] == f"there is no path {path}; a name with a slash is escaped twice: owner%252Fname"
    assert "escaped" not in ask("GET", f"{path}/nothing").json["detail"]


def test_options_answers_the_methods_without_a_body() -> None:
    reply = ask("OPTIONS", "/api/v1/models")
    assert (reply.status, reply.headers["allow"], reply.text) == (204, "GET, POST, OPTIONS", "")


def test_a_long_path_is_not_repeated_whole() -> None:
    assert len(ask("GET", f"/{'x' * 8000}").json["detail"]) < 300


def test_a_route_of_its_own_is_never_taken_for_unrouted() -> None:
    asked = event("GET", "/healthz", body=None, headers={}, by=None)
    asked["requestContext"]["routeKey"] = "GET /healthz"
    assert handler()(asked, CONTEXT)["statusCode"] == 401


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/api/v1/users/me", "GET, PATCH, OPTIONS"),
        ("PATCH", "/api/v1/users/invitations", "GET, POST, OPTIONS"),
    ],
)
def test_a_path_of_its_own_is_no_parameter_of_another_route(method: str, path: str, allow: str) -> None:
    asked = event(method, path, body=b"{}", headers={}, by=person())
    asked["requestContext"]["routeKey"] = f"{method} /api/v1/users/{{user_id}}"
    reply = invoke(handler(), asked)
    assert (reply.status, reply.headers["allow"]) == (405, allow)
    assert ask("OPTIONS", path).headers["allow"] == allow
