"""Precedence of routes as in API Gateway."""

import pytest

from local.gateway.routes import RouteTable
from local.template.specs import RouteSpec

TABLE = RouteTable(
    [
        RouteSpec(method, path, function="any")
        for method, path in (
            ("GET", "/models/{id}"),
            ("GET", "/models/latest"),
            ("ANY", "/models/{id}"),
            ("GET", "/models/{id}/versions/{ref}"),
            ("GET", "/models/{rest+}"),
            ("ANY", "/fixed"),
            ("POST", "/fixed"),
        )
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/models/latest", "GET /models/latest", {}),
        ("GET", "/models/7", "GET /models/{id}", {"id": "7"}),
        ("PUT", "/models/7", "ANY /models/{id}", {"id": "7"}),
        ("GET", "/models/7/versions/1.0.0", "GET /models/{id}/versions/{ref}", {"id": "7", "ref": "1.0.0"}),
        ("GET", "/models/7/else", "GET /models/{rest+}", {"rest": "7/else"}),
        ("POST", "/fixed", "POST /fixed", {}),
        ("PUT", "/fixed", "ANY /fixed", {}),
    ],
)
def test_the_most_exact_route_wins(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    found = TABLE.match(method, path)

    assert found is not None
    assert (found[0].key, found[1]) == (key, parameters)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/models/latest/x"), ("GET", "/models/"), ("GET", "/other")])
def test_an_unknown_path_or_method_matches_nothing(method: str, path: str) -> None:
    assert TABLE.match(method, path) is None


def test_the_default_route_matches_everything_else() -> None:
    found = RouteTable([RouteSpec("ANY", "$default", "f")]).match("PUT", "/anything")

    assert found is not None
    assert found[0].key == "$default"
