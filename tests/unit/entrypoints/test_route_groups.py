"""Groups of routes: made once, at the first request to one of their paths."""

from collections.abc import Iterator, Sequence

import pytest
from fastapi import APIRouter

from local.aws_account import CREDENTIALS
from maas.entrypoints.http import create_app, lambda_handler
from maas.entrypoints.route_groups import RouteGroup, complete
from tests.support.http_gateway import Gateway
from tools.openapi_document.apps import apps


async def _open() -> str:
    return "open"


class Group:
    """A group of one route, and how often it was made."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.made = 0

    def make(self) -> Sequence[APIRouter]:
        self.made += 1
        router = APIRouter()
        router.add_api_route(self.path, _open)
        return (router,)

    def declared(self) -> RouteGroup:
        return RouteGroup((self.path,), self.make)


def groups() -> tuple[Group, Group]:
    return Group("/a"), Group("/ab")


def test_a_request_makes_the_group_of_its_path_and_no_other() -> None:
    first, second = groups()
    call = Gateway(lambda_handler(create_app(title="test", groups=(first.declared(), second.declared()))))
    assert (first.made, second.made) == (0, 0)
    assert [call("GET", path).status for path in ("/b", "/ab", "/ab", "/ab/c")] == [404, 200, 200, 404]
    assert (first.made, second.made) == (0, 1)
    assert call("GET", "/a").status == 200
    assert (first.made, second.made) == (1, 1)


def test_a_request_without_a_principal_makes_nothing() -> None:
    first, _ = groups()
    call = Gateway(lambda_handler(create_app(title="test", groups=(first.declared(),))), None)
    assert call("GET", "/a").status == 401
    assert first.made == 0


def test_provisioned_concurrency_makes_all_groups_in_advance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency")
    first, second = groups()
    create_app(title="test", groups=(first.declared(), second.declared()))
    assert (first.made, second.made) == (1, 1)


def test_a_complete_app_has_the_routes_of_all_groups() -> None:
    first, second = groups()
    app = complete(create_app(title="test", groups=(first.declared(), second.declared())))
    assert set(app.openapi()["paths"]) == {"/a", "/ab"}


def _declared() -> Iterator[tuple[str, RouteGroup]]:
    for name, app in apps().items():
        yield from ((name, group) for group in app.state.groups.declared)


def test_every_route_of_a_group_is_at_its_paths_and_at_those_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in CREDENTIALS.items():
        monkeypatch.setenv(variable, value)
    for name, group in _declared():
        others = [other for owner, other in _declared() if owner == name and other is not group]
        paths = [route.path for router in group.make() for route in router.routes]  # type: ignore[attr-defined]
        assert paths
        assert [path for path in paths if not group.has(path) or any(each.has(path) for each in others)] == []
