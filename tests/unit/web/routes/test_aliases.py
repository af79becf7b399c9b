"""Aliases over HTTP, on the registry's own services with a store in memory."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from maas.domain.identity.principals import Role
from maas.entrypoints.http import create_app, lambda_handler
from maas.web.routes.aliases import aliases_routes
from maas.web.routes.versions import versions_routes
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import Gateway, Reply, first_error, person
from tests.support.registry_server import make_model, make_published


@pytest.fixture
def registry() -> FakeRegistry:
    return fake_registry()


@pytest.fixture
def api(registry: FakeRegistry) -> Gateway:
    return Gateway(lambda_handler(create_app(versions_routes(registry), aliases_routes(registry), title="models")))


async def _published(registry: FakeRegistry) -> str:
    model = await make_model(registry, person())
    for number in ("1.0.0", "1.1.0", "2.0.0"):
        await make_published(registry, person(), model, number)
    return f"/api/v1/models/{model.id}"


@pytest.fixture
def model(registry: FakeRegistry) -> str:
    """The path of a model with 1.0.0, 1.1.0 and 2.0.0 published."""
    return asyncio.get_event_loop().run_until_complete(_published(registry))


def move(api: Gateway, path: str, version: str, reason: str = "") -> Reply:
    return api("PUT", path, {"version": version, "reason": reason}, headers={"if-match": "*"})


def test_put_creates_an_alias_and_then_moves_it(api: Gateway, model: str) -> None:
    path = f"{model}/aliases/production"
    made = api("PUT", path, {"version": "^1", "reason": "launch"})
    assert made.status == 201
    assert made.json == {
        "alias": "production",
        "version": "1.1.0",
        "moved_at": made.json["moved_at"],
        "revision": made.json["revision"],
    }
    assert made.headers["etag"] == f'"{made.json["revision"]}"'
    moved = api("PUT", path, {"version": "latest"}, headers={"if-match": made.headers["etag"]})
    assert (moved.status, moved.json["version"]) == (200, "2.0.0")
    got = api("GET", path)
    assert (got.json, got.headers["etag"]) == (moved.json, moved.headers["etag"])
    assert api("GET", f"{model}/aliases").json == {"items": [moved.json]}
    assert api("GET", f"{model}/versions/production").json["version"] == "2.0.0"


def test_a_move_is_428_without_and_412_with_an_old_if_match(api: Gateway, model: str) -> None:
    path = f"{model}/aliases/production"
    made = api("PUT", path, {"version": "1.0.0"})
    unsaid = api("PUT", path, {"version": "2.0.0"})
    assert (unsaid.json["code"], first_error(unsaid)) == ("precondition_required", (428, "if-match", "required"))
    assert move(api, path, "2.0.0").status == 200
    for tag in (made.headers["etag"], f"W/{made.headers['etag']}", '"abc"'):
        stale = api("PUT", path, {"version": "1.1.0"}, headers={"if-match": tag})
        assert (stale.status, stale.json["code"]) == (412, "revision_mismatch")
    assert first_error(api("PUT", path, {"version": "1.1.0"}, headers={"if-match": "7"})) == (422, "if-match", "etag")


def test_if_none_match_only_creates_aliases(api: Gateway, model: str) -> None:
    path, only_new = f"{model}/aliases/production", {"if-none-match": "*"}
    assert api("PUT", path, {"version": "1.0.0"}, headers=only_new).status == 201
    assert api("PUT", path, {"version": "1.0.0"}, headers=only_new).status == 412
    assert api("PUT", f"{model}/aliases/staging", {"version": "1.0.0"}, headers={"if-match": "*"}).status == 412
    assert first_error(api("PUT", path, {"version": "1.0.0"}, headers={"if-none-match": '"3"'}))[:2] == (
        422,
        "if-none-match",
    )
    both = {**only_new, "if-match": "*"}
    assert first_error(api("PUT", path, {"version": "1.0.0"}, headers=both)) == (422, "if-none-match", "exclusive")


@pytest.mark.parametrize(
    ("alias", "body", "expected"),
    [
        ("Production", {"version": "1.0.0"}, (422, "alias", "alias")),
        ("v1", {"version": "1.0.0"}, (422, "alias", "alias")),
        ("latest", {"version": "1.0.0"}, (422, "alias", "reserved")),
        ("production", {"version": "1.0.x.0"}, (422, "version", "reference")),
        ("production", {"version": "Newest"}, (422, "version", "reference")),
        ("production", {"version": "9.0.0"}, (404, "version", "exists")),
        ("production", {"version": "blue"}, (404, "version", "exists")),
        ("production", {}, (422, "version", "required")),
        ("production", {"version": "1.0.0", "reason": "x" * 1025}, (422, "reason", "max_length")),
        ("production", {"version": "1.0.0", "to": "x"}, (422, "to", "unknown")),
    ],
)
def test_put_names_the_bad_field(
    api: Gateway, model: str, alias: str, body: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    assert first_error(api("PUT", f"{model}/aliases/{alias}", body)) == expected


def test_the_target_of_an_alias_is_not_deprecated(api: Gateway, model: str) -> None:
    path = f"{model}/aliases/production"
    api("PUT", path, {"version": "1.0.0"})
    refused = api("POST", f"{model}/versions/1.0.0/deprecate")
    assert first_error(refused) == (409, "aliases", "state")
    assert "production" in refused.json["detail"]
    move(api, path, "2.0.0")
    assert api("POST", f"{model}/versions/1.0.0/deprecate").status == 200
    assert first_error(move(api, path, "1.0.0")) == (409, "version", "state")
    assert first_error(api("POST", f"{model}/rollback")) == (409, "version", "state")


def test_rollback_moves_production_by_default(api: Gateway, model: str) -> None:
    for alias in ("production", "staging"):
        for version in ("1.0.0", "1.1.0", "2.0.0"):
            headers = {"if-match": "*"} if version != "1.0.0" else {}
            api("PUT", f"{model}/aliases/{alias}", {"version": version}, headers=headers)
    back = api("POST", f"{model}/rollback")
    assert (back.status, back.json["alias"], back.json["version"]) == (200, "production", "1.1.0")
    assert back.headers["etag"] == api("GET", f"{model}/aliases/production").headers["etag"]
    tag = api("GET", f"{model}/aliases/staging").headers["etag"]
    body = {"alias": "staging", "reason": "slow"}
    assert api("POST", f"{model}/rollback", body, headers={"if-match": back.headers["etag"]}).status == 412
    assert api("POST", f"{model}/rollback", body, headers={"if-match": tag}).json["version"] == "1.1.0"
    assert api("POST", f"{model}/rollback", body).json["version"] == "1.0.0"
    assert first_error(api("POST", f"{model}/rollback", body)) == (409, "alias", "state")
    assert first_error(api("POST", f"{model}/rollback", {"alias": "latest"})) == (422, "alias", "reserved")
    assert first_error(api("POST", f"{model}/rollback", {"alias": "green"})) == (404, "alias", "exists")


def test_delete_keeps_the_history(api: Gateway, model: str) -> None:
    path = f"{model}/aliases/production"
    tag = api("PUT", path, {"version": "1.0.0"}).headers["etag"]
    assert api("DELETE", path, headers={"if-match": '"1"'}).status == 412
    assert api("DELETE", f"{path}?reason=over%20and%20out", headers={"if-match": tag}).status == 204
    for method in ("GET", "DELETE"):
        assert first_error(api(method, path)) == (404, "alias", "exists")
    deleted, made = api("GET", f"{path}/history").json["items"]
    assert (made["kind"], made["from_version"], made["to_version"], made["reason"]) == ("create", None, "1.0.0", None)
    assert deleted == {
        "alias": "production",
        "kind": "delete",
        "from_version": "1.0.0",
        "to_version": None,
        "reason": "over and out",
        "moved_by": person().subject,
        "moved_at": deleted["moved_at"],
        "revision": made["revision"] + 1,
        "rollout": None,
    }


def test_the_history_comes_in_pages(api: Gateway, model: str) -> None:
    path = f"{model}/aliases/production"
    api("PUT", path, {"version": "1.0.0"})
    for version in ("1.1.0", "2.0.0"):
        move(api, path, version)
    first = api("GET", f"{path}/history?limit=2")
    assert [entry["to_version"] for entry in first.json["items"]] == ["2.0.0", "1.1.0"]
    rest = api("GET", first.headers["link"].split(">")[0].removeprefix("<"))
    assert [entry["to_version"] for entry in rest.json["items"]] == ["1.0.0"]
    assert rest.json["next_cursor"] is None
    assert first_error(api("GET", f"{path}/history?limit=0")) == (422, "limit", "range")
    assert first_error(api("GET", f"{path}/history?cursor=x")) == (422, "cursor", "cursor")


def test_history_answers_the_version_live_at_a_time(api: Gateway, model: str) -> None:
    path = f"{model}/aliases/production"
    made = api("PUT", path, {"version": "1.0.0"}).json
    moved = move(api, path, "2.0.0").json
    at = datetime.fromisoformat(made["moved_at"])

    def live(moment: str) -> Any:
        return api("GET", f"{path}/history?at={quote(moment)}").json

    before = live((at - timedelta(seconds=1)).isoformat())
    assert (before["version"], before["move"]) == (None, None)
    then = live(made["moved_at"])
    assert (then["alias"], then["version"], then["at"]) == ("production", "1.0.0", made["moved_at"])
    assert then["move"] == api("GET", f"{path}/history").json["items"][1]
    in_paris = datetime.fromisoformat(moved["moved_at"]) + timedelta(hours=1)
    assert live(in_paris.isoformat().replace("+00:00", "+01:00"))["version"] == "2.0.0"
    assert live("9999-12-31T23:59:59.999999999Z")["version"] == "2.0.0"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("at=yesterday", ("at", "rfc3339")),
        ("at=", ("at", "rfc3339")),
        ("at=2026-11-21", ("at", "rfc3339")),
        ("at=2026-11-21T09:00:00", ("at", "rfc3339")),
        ("at=2026-11-21T09:00:00+01:00", ("at", "rfc3339")),  # a space, once it is decoded
        ("at=2026-11-31T09:00:00Z", ("at", "rfc3339")),
        ("at=0001-01-01T00:00:00%2B01:00", ("at", "rfc3339")),
        ("at=1795251600", ("at", "rfc3339")),
        ("at=2026-11-21T09:00:00Z&limit=1", ("limit", "exclusive")),
        ("at=2026-11-21T09:00:00Z&cursor=x", ("cursor", "exclusive")),
    ],
)
def test_history_refuses_a_malformed_time(api: Gateway, model: str, query: str, expected: tuple[str, str]) -> None:
    api("PUT", f"{model}/aliases/production", {"version": "1.0.0"})
    assert first_error(api("GET", f"{model}/aliases/production/history?{query}")) == (422, *expected)


def test_an_alias_that_never_existed_has_no_history(api: Gateway, model: str) -> None:
    for query in ("", "?at=2026-11-21T09:00:00Z"):
        assert first_error(api("GET", f"{model}/aliases/production/history{query}")) == (404, "alias", "exists")


def test_viewers_read_and_developers_move(api: Gateway, model: str) -> None:
    path = f"{model}/aliases/production"
    api("PUT", path, {"version": "1.0.0"})
    viewer = Gateway(api.handler, person(Role.VIEWER, subject="vera"))
    for target in (f"{model}/aliases", path, f"{path}/history"):
        assert viewer("GET", target).status == 200
    assert viewer("PUT", path, {"version": "2.0.0"}).status == 403
    assert viewer("DELETE", path).status == 403
    assert viewer("POST", f"{model}/rollback").status == 403
