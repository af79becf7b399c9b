"""Grants on models over HTTP, on the registry's own services with a store in memory."""

import asyncio
from datetime import datetime

import pytest

from maas.domain.identity.principals import Role
from maas.domain.ids import new_id
from maas.entrypoints.http import create_app, lambda_handler
from maas.web.routes.grants import grants_routes
from maas.web.routes.held_grants import held_grants_routes
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import Gateway, first_error, person
from tests.support.registry_server import make_model

USER, KEY = new_id(), "0123456789abcDEF"
VIEWER = {"role": "viewer", "kind": "user"}


@pytest.fixture
def registry() -> FakeRegistry:
    return fake_registry()


@pytest.fixture
def api(registry: FakeRegistry) -> Gateway:
    return Gateway(lambda_handler(create_app(grants_routes(registry), held_grants_routes(registry), title="models")))


@pytest.fixture
def grants(registry: FakeRegistry) -> str:
    """The path of the grants of a model."""
    model = asyncio.get_event_loop().run_until_complete(make_model(registry, person()))
    return f"/api/v1/models/{model.id}/grants"


def test_a_grant_is_created_then_replaced_then_deleted(api: Gateway, grants: str) -> None:
    made = api("PUT", f"{grants}/{USER}", VIEWER)
    assert made.status == 201
    assert datetime.fromisoformat(made.json["granted_at"]).tzinfo is not None
    shown = {"subject": USER, "kind": "user", "role": "viewer", "granted_by": "ada"}
    assert made.json == {**shown, "granted_at": made.json["granted_at"]}
    again = api("PUT", f"{grants}/{USER}", VIEWER)
    assert (again.status, again.json) == (200, made.json)
    replaced = api("PUT", f"{grants}/{USER}", {**VIEWER, "role": "developer"})
    assert (replaced.status, replaced.json["role"]) == (200, "developer")
    assert api("GET", grants).json == {"items": [replaced.json], "next_cursor": None}
    assert api("DELETE", f"{grants}/{USER}").status == 204
    gone = api("DELETE", f"{grants}/{USER}")
    assert first_error(gone) == (404, "subject", "exists")
    assert api("GET", grants).json["items"] == []


def test_a_holder_lists_its_grants_and_gives_one_back(api: Gateway, grants: str) -> None:
    assert api.by
    mine, tenant = f"{grants}/{new_id()}", api.by.tenant_id
    assert api("PUT", mine, {"role": "invoker", "kind": "organization"}).status == 201
    other = Gateway(api.handler, person(tenant=mine.rpartition("/")[2]))
    held = other("GET", "/api/v1/grants?holder=organization")
    [shown] = held.json["items"]
    model_id = grants.split("/")[4]
    expected = {"model_id": model_id, "tenant_id": tenant, "kind": "organization", "role": "invoker"}
    assert shown == {**expected, "granted_by": "ada", "granted_at": shown["granted_at"]}
    assert other("GET", "/api/v1/grants").json == {"items": [], "next_cursor": None}
    assert first_error(other("GET", "/api/v1/grants?holder=team")) == (422, "holder", "enum")
    assert first_error(other("DELETE", f"/api/v1/grants/{model_id}?holder=organization")) == (403, "scope", "required")
    admin = Gateway(api.handler, person(Role.ADMIN, tenant=mine.rpartition("/")[2]))
    assert admin("DELETE", f"/api/v1/grants/{model_id}?holder=organization").status == 204
    gone = admin("DELETE", f"/api/v1/grants/{model_id}?holder=organization")
    assert first_error(gone) == (404, "model_id", "exists")


def test_grants_come_in_pages(api: Gateway, grants: str) -> None:
    for subject, kind in ((USER, "user"), (KEY, "key"), (new_id(), "organization")):
        assert api("PUT", f"{grants}/{subject}", {"role": "invoker", "kind": kind}).status == 201
    first = api("GET", f"{grants}?limit=2")
    assert first.headers["link"].endswith('rel="next"')
    second = api("GET", f"{grants}?limit=2&cursor={first.json['next_cursor']}")
    subjects = [item["subject"] for page in (first, second) for item in page.json["items"]]
    assert (len(subjects), subjects, second.json["next_cursor"]) == (3, sorted(subjects), None)


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"kind": "user"}, "role", "required"),
        ({"role": "viewer"}, "kind", "required"),
        ({**VIEWER, "role": "admin"}, "role", "enum"),
        ({**VIEWER, "kind": "team"}, "kind", "enum"),
        ({**VIEWER, "until": "tomorrow"}, "until", "unknown"),
    ],
)
def test_a_bad_grant_is_refused_by_field_and_rule(
    api: Gateway, grants: str, body: dict[str, str], field: str, rule: str
) -> None:
    refused = api("PUT", f"{grants}/{USER}", body)
    assert first_error(refused) == (422, field, rule)


def test_a_subject_without_an_id_s_form_is_absent(api: Gateway, grants: str) -> None:
    for answer in (api("PUT", f"{grants}/ada", VIEWER), api("DELETE", f"{grants}/ada")):
        assert first_error(answer) == (404, "subject", "exists")


def test_a_viewer_may_not_see_or_change_grants(registry: FakeRegistry, api: Gateway, grants: str) -> None:
    viewer = Gateway(api.handler, person(Role.VIEWER))
    for answer in (
        viewer("GET", grants),
        viewer("PUT", f"{grants}/{USER}", VIEWER),
        viewer("DELETE", f"{grants}/{USER}"),
    ):
        assert (answer.status, answer.json["code"]) == (403, "permission_denied")
