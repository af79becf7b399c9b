"""Lists of models over HTTP: filters, orders, pages and cursors."""

from urllib.parse import quote

import pytest

from tests.support.http_gateway import Gateway, first_error
from tests.unit.web.routes.requests import IRIS


def test_link_headers_lead_through_the_list_without_gap_or_repeat(api: Gateway) -> None:
    made = [api("POST", "/api/v1/models", {**IRIS, "name": f"m {i}"}).json["id"] for i in range(5)]
    api("POST", "/api/v1/models", {"name": "other", "framework": "onnx"})
    target, seen = "/api/v1/models?limit=2&tag=demo", []
    while target:
        reply = api("GET", target)
        seen += [item["id"] for item in reply.json["items"]]
        link = reply.headers.get("link", "")
        assert bool(link) == bool(reply.json["next_cursor"])
        target = link.removeprefix("<").removesuffix('>; rel="next"')
    assert seen == sorted(made, reverse=True)  # ids begin with the millisecond they were made in


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("?q=ir", 1),
        ("?name=IRIS", 1),
        ("?name=iri", 0),
        ("?framework=sklearn", 1),
        ("?status=pending&framework=onnx", 1),
        ("?owner=ada", 2),
        ("?owner=bob", 0),
        ("?tag=demo&tag=x", 0),
        ("?is_public=true", 1),
        ("?is_public=false", 1),
    ],
)
def test_filters_narrow_a_list(api: Gateway, iris: str, query: str, found: int) -> None:
    api("POST", "/api/v1/models", {"name": "Wine", "framework": "sklearn", "is_public": True})
    assert len(api("GET", f"/api/v1/models{query}").json["items"]) == found


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("limit=0", "limit", "range"),
        ("limit=101", "limit", "range"),
        ("limit=1000000000", "limit", "range"),
        ("limit=-1", "limit", "range"),
        ("limit=ten", "limit", "type"),
        ("limit=" + "9" * 5000, "limit", "range"),
        ("cursor=made-up", "cursor", "cursor"),
        ("cursor=%00%ff", "cursor", "cursor"),
        ("framework=keras", "framework", "enum"),
        ("status=asleep", "status", "enum"),
        ("tag=!", "tag[0]", "tag"),
        ("owner=%00", "owner", "control_characters"),
        ("q=" + "x" * 129, "q", "max_length"),
        ("is_public=maybe", "is_public", "type"),
        ("page=0", "page", "range"),
        ("page=-1", "page", "range"),
        ("page=4294967296", "page", "range"),
        ("page=two", "page", "type"),
        ("page=2&cursor=x", "page", "exclusive"),
        ("tag=", "tag[0]", "min_length"),
        ("sort=size", "sort", "enum"),
        ("sort=-", "sort", "enum"),
        ("created_after=yesterday", "created_after", "rfc3339"),
        ("created_after=2026-11-21", "created_after", "rfc3339"),
        ("created_after=2026-11-21T09:00:00", "created_after", "rfc3339"),
        ("created_before=2026-02-30T09:00:00Z", "created_before", "rfc3339"),
        ("created_before=0001-01-01T00:00:00%2B01:00", "created_before", "rfc3339"),
        ("created_after=2026-11-21T09:00:00Z&created_before=2026-11-21T08:00:00Z", "created_after", "order"),
        ("tags=a", "tags", "unknown"),
    ],
)
def test_a_list_names_the_bad_parameter(api: Gateway, query: str, field: str, rule: str) -> None:
    assert first_error(api("GET", f"/api/v1/models?{query}")) == (422, field, rule)


def test_a_list_is_sorted_counted_and_paged_by_number(api: Gateway) -> None:
    for name in ("b", "A", "c"):
        api("POST", "/api/v1/models", {"name": name, "framework": "onnx"})
    reply = api("GET", "/api/v1/models?sort=name&limit=2&page=1")
    assert ([item["name"] for item in reply.json["items"]], reply.json["total"]) == (["A", "b"], 3)
    assert "page=" not in reply.headers["link"]
    reply = api("GET", "/api/v1/models?sort=name&limit=2&page=2")
    assert ([item["name"] for item in reply.json["items"]], reply.json["total"]) == (["c"], 3)
    assert reply.json["next_cursor"] is None
    beyond = api("GET", "/api/v1/models?page=2147483647").json
    assert (beyond["items"], beyond["total"]) == ([], 3)


def test_a_list_is_narrowed_by_time_of_creation(api: Gateway, iris: str) -> None:
    created = quote(api("GET", iris).json["created_at"])
    for query, total in (
        (f"created_after={created}", 1),
        (f"created_before={created}", 0),
        ("created_after=2020-01-01T01:00:00.5%2B01:00&created_before=2999-01-01t00:00:00z", 1),
        ("created_after=&created_before=", 1),
    ):
        assert api("GET", f"/api/v1/models?{query}").json["total"] == total


def test_a_cursor_belongs_to_its_own_filters(api: Gateway) -> None:
    for name in ("a", "b"):
        api("POST", "/api/v1/models", {"name": name, "framework": "onnx"})
    cursor = api("GET", "/api/v1/models?limit=1").json["next_cursor"]
    assert first_error(api("GET", f"/api/v1/models?q=a&cursor={cursor}")) == (422, "cursor", "cursor")
