"""The routes that are called to warm up functions."""

from local.sam import warm_up
from local.template.specs import AuthorizerSpec, RouteSpec

TOKEN = AuthorizerSpec("Token", "Guard", ("authorization",), 60)


def test_functions_are_warmed_up_by_routes_without_side_effects() -> None:
    routes = (
        RouteSpec("POST", "/open", "Open"),
        RouteSpec("GET", "/health", "Open"),
        RouteSpec("POST", "/things", "Things", TOKEN),
        RouteSpec("POST", "/register", "OnlyOpenPosts"),
    )

    chosen = {route.function: route.key for route in warm_up.harmless_routes(routes)}

    assert chosen == {"Open": "GET /health", "Things": "POST /things"}
