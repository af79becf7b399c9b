"""Every route is the same in template.yaml, in the app of its function and in the documentation, and is guarded."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from local.template.specs import RouteSpec
from maas.domain.identity.principals import Principal, Role
from maas.entrypoints.http import LambdaHandler
from maas.entrypoints.route_groups import complete
from maas.web.idempotency import secrets_of
from maas.web.problems import NAMES
from tests.support.aws import Aws
from tests.support.http_gateway import Gateway, Reply
from tests.support.registry_process import enrolled_at
from tools.api_docs import ANY_TOKEN, operations, repeats_without_key

ANY_SCOPE = {
    "GET /api/v1/usage",
    "GET /api/v1/users/me",
    "PATCH /api/v1/users/me",
    "GET /api/v1/users/me/organizations",
    "POST /api/v1/users/me/organizations",
    "GET /api/v1/users/me/sessions",
    "DELETE /api/v1/users/me/sessions",
    "GET /api/v1/users/me/sessions/{session_id}",
    "DELETE /api/v1/users/me/sessions/{session_id}",
}
# Routes that read their body first: the rollout of what it asks for tells which query field is taken.
ROUTED_BY_FIELDS = {
    "POST /api/v1/inference",
    "POST /api/v1/models/{model_id}/predict",
    "POST /v2/models/{model_id}/infer",
    "POST /v2/models/{model_id}/versions/{ref}/infer",
}
SOME_ID = "01939e4c-7d2a-7c11-9f3e-2f6a8d1b4c55"


# The registry does not run here, and errors of OAuth are 400.
_OPEN = {"/readyz": {503}, "/v2/health/ready": {503}, "/api/v1/auth/token": {400}}


def problem_type(route: RouteSpec) -> str:
    """The content type of the route's errors."""
    return "application/json" if route.path.startswith("/v2") else "application/problem+json"


@pytest.fixture(scope="module")
def handlers(aws: Aws) -> Mapping[str, LambdaHandler]:
    """The handlers of all functions behind the HTTP API, each after a cold start."""
    return {name: aws.load(name).handler for name in sorted({route.function for route in aws.application.routes})}


@pytest.fixture(scope="module")
def without_scopes(aws: Aws) -> Principal:
    """A person whose credential has no scope."""
    return replace(enrolled_at(aws, Role.MEMBER), scopes=frozenset())


@pytest.fixture(scope="module")
def routes(aws: Aws) -> tuple[RouteSpec, ...]:
    """Every route but `$default`, which takes what no route takes."""
    return tuple(route for route in aws.application.routes if route.path != "$default")


def app_of(handler: LambdaHandler) -> FastAPI:
    return complete(handler.__wrapped__.app)  # type: ignore[attr-defined]


def served(handler: LambdaHandler) -> Iterator[str]:
    """Yields `METHOD /path` of every route of the handler's FastAPI app."""
    for path, methods in app_of(handler).openapi()["paths"].items():
        yield from (f"{method.upper()} {path}" for method in methods)


def call(handler: LambdaHandler, route: RouteSpec, by: Principal | None) -> Reply:
    return Gateway(handler, by)(route.method, re.sub(r"\{\w+\}", SOME_ID, route.path))


def test_template_and_apps_have_the_same_routes(
    routes: tuple[RouteSpec, ...], handlers: Mapping[str, LambdaHandler]
) -> None:
    # FastAPI leaves HEAD out of the document; tests/e2e/test_every_route.py calls its routes.
    declared = sorted((route.key, route.function) for route in routes if route.method != "HEAD")
    assert sorted((key, name) for name, handler in handlers.items() for key in served(handler)) == declared


def _posts(handlers: Mapping[str, LambdaHandler]) -> Iterator[tuple[str, FastAPI, APIRoute]]:
    for handler in handlers.values():
        app = app_of(handler)
        routers: list[APIRouter] = [vars(included)["original_router"] for included in app.routes]
        found = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        found = [route for route in found if "POST" in (route.methods or ())]
        yield from ((f"POST {route.path}", app, route) for route in found)


def test_a_post_takes_an_idempotency_key_or_its_reason_is_documented(handlers: Mapping[str, LambdaHandler]) -> None:
    posts = {key: (app, secrets_of(route.endpoint)) for key, app, route in _posts(handlers)}
    assert {key for key, (_, secrets) in posts.items() if secrets is None} == set(repeats_without_key())
    for app, secrets in posts.values():
        assert secrets is None or app.state.idempotency is not None


def test_a_guarded_route_answers_401_without_a_principal(
    routes: tuple[RouteSpec, ...], handlers: Mapping[str, LambdaHandler]
) -> None:
    guarded = [route for route in routes if route.authorizer]
    assert guarded
    for route in guarded:
        reply = call(handlers[route.function], route, None)
        assert (reply.status, reply.headers["content-type"]) == (401, problem_type(route)), route.key
        assert (reply.json["code"], reply.headers["www-authenticate"]) == ("unauthenticated", "Bearer"), route.key


def test_a_route_without_an_authorizer_is_open(
    routes: tuple[RouteSpec, ...], handlers: Mapping[str, LambdaHandler]
) -> None:
    for route in routes:
        if not route.authorizer:
            expected = _OPEN.get(route.path, {200, 422})
            assert call(handlers[route.function], route, None).status in expected, route.key


def test_a_guarded_route_answers_403_without_its_scope(
    routes: tuple[RouteSpec, ...], handlers: Mapping[str, LambdaHandler], without_scopes: Principal
) -> None:
    for route in routes:
        if route.authorizer and route.key not in ANY_SCOPE:
            reply = call(handlers[route.function], route, without_scopes)
            assert (reply.status, reply.headers["content-type"]) == (403, problem_type(route)), route.key
            assert reply.json["code"] == "permission_denied", route.key


def test_every_route_refuses_unknown_query_parameters(
    routes: tuple[RouteSpec, ...], handlers: Mapping[str, LambdaHandler], aws: Aws
) -> None:
    by = enrolled_at(aws)
    later = set()
    for route in routes:
        reply = Gateway(handlers[route.function], by)(
            route.method, re.sub(r"\{\w+\}", SOME_ID, route.path) + "?no_such_parameter=1"
        )
        assert reply.status == 422, route.key
        if reply.json["errors"][0]["field"] != "no_such_parameter":
            later.add(route.key)
    assert later == ROUTED_BY_FIELDS


def test_every_operation_that_renames_fields_is_a_route(routes: tuple[RouteSpec, ...]) -> None:
    assert NAMES.keys() <= {route.key for route in routes}


def test_every_route_is_in_the_api_s_documentation(routes: tuple[RouteSpec, ...]) -> None:
    # The section of GET is that of HEAD.
    assert {operation.route for operation in operations()} == {route.key for route in routes if route.method != "HEAD"}


def test_every_route_demands_the_scope_that_its_documentation_names(
    routes: tuple[RouteSpec, ...], handlers: Mapping[str, LambdaHandler], without_scopes: Principal
) -> None:
    documented = {operation.route: operation.scope for operation in operations()}
    assert {route for route, scope in documented.items() if scope == ANY_TOKEN} == ANY_SCOPE
    for route in routes:
        if route.authorizer and route.key not in ANY_SCOPE:
            reply = call(handlers[route.function], route, without_scopes)
            assert reply.json["detail"].endswith(f" {documented[route.key]}"), route.key
