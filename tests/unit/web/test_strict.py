"""Requests that a StrictRoute accepts, and those that it refuses."""

import gzip
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, Query
from pydantic import Field

from maas.contracts.base import Body
from maas.entrypoints.http import create_app, lambda_handler
from maas.web.json_limits import DIGITS_MAX, NESTING_MAX
from maas.web.strict import StrictRoute
from tests.support.http_gateway import Gateway, first_error


class _Thing(Body):
    name: str
    numbers: list[float] = Field(default_factory=list)
    anything: dict[str, Any] = Field(default_factory=dict)


async def _echo(body: _Thing, known: Annotated[str, Query(alias="shown")] = "") -> dict[str, Any]:
    return {"name": body.name, "anything": body.anything, "known": known}


async def _ping() -> str:
    return "pong"


async def _limit(limit: int = 20) -> int:
    return limit


async def _filters(limit: Annotated[int, Depends(_limit)], tag: Annotated[tuple[str, ...], Query()] = ()) -> list[str]:
    return [str(limit), *tag]


async def _list(filters: Annotated[list[str], Depends(_filters)], sort: str = "") -> list[str]:
    return [sort, *filters]


@pytest.fixture
def api() -> Gateway:
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route("/things", _echo, methods=["POST"])
    router.add_api_route("/ping", _ping, methods=["GET", "POST"])
    router.add_api_route("/list", _list, methods=["GET"])
    return Gateway(lambda_handler(create_app(router, title="things")))


@pytest.mark.parametrize(
    "body",
    [
        b"name=a",
        b"{'name': 'a'}",
        b'{"name": "a"',
        b'{"name": "a"} {}',
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\nb"}',
        b"\xef\xbb\xbf{}",
        b'{"name": "a", "numbers": [' + b"9" * 5000,
        b'{"name": "a", "numbers": [' + b"9" * 5000 + b"],}",
    ],
)
def test_a_body_that_is_not_json_is_400(api: Gateway, body: bytes) -> None:
    reply = api("POST", "/things", body=body)
    assert (reply.status, reply.json["code"], reply.json["errors"][0]["field"]) == (400, "malformed_json", "body")


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"', b"", None])
def test_a_body_that_is_not_an_object_is_422(api: Gateway, body: bytes | None) -> None:
    reply = api("POST", "/things", body=body)
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "body")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"name": NaN}', "name"),
        (b'{"name": "a", "numbers": [1.5], "name": "a"}', "name"),
        (b'{"name": "a", "anything": {"deep": [{"x": 1}, {"x": 1, "\\u0078": 2}]}}', "x"),
        (b'{"name": "a", "numbers": ["1"]}', "numbers[0]"),
        (b'{"name": "a", "name ": 1}', "name "),
        (b'{"name": "a", "anything": {"__proto__": 1}, "__proto__": {}}', "__proto__"),
    ],
)
def test_a_bad_field_is_named(api: Gateway, body: bytes, field: str) -> None:
    reply = api("POST", "/things", body=body)
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ('{"name": "a", "numbers": [1, LONG]}', ["numbers[1]"]),
        ('{"name": "LONG", "numbers": [-LONG, LONG.5, LONGe3]}', ["numbers[0]", "numbers[1]", "numbers[2]"]),
        ('{"name": "a", "anything": {"b": [{"c": LONG}], "d": LONG}}', ["anything.b[0].c", "anything.d"]),
        ("LONG", ["body"]),
    ],
)
def test_a_number_with_more_digits_than_are_read_is_named(api: Gateway, body: str, fields: list[str]) -> None:
    reply = api("POST", "/things", body=body.replace("LONG", "9" * (DIGITS_MAX + 1)).encode())
    assert (reply.status, reply.json["code"]) == (422, "invalid_input")
    assert [(each["field"], each["rule"]) for each in reply.json["errors"]] == [(field, "range") for field in fields]
    assert reply.json["errors"][0]["message"] == "must have at most 4300 digits before the decimal point"


def test_a_number_with_as_many_digits_as_are_read_is_accepted(api: Gateway) -> None:
    number = int("9" * DIGITS_MAX)
    assert api("POST", "/things", {"name": "a", "anything": {"n": number}}).json["anything"] == {"n": number}
    assert api("POST", "/things", body=b'{"name": "a", "numbers": [0.' + b"1" * 5000 + b"]}").status == 200


@pytest.mark.parametrize("open_", [b"[", b'{"anything":'])
def test_a_body_nested_deeper_than_is_read_is_422(api: Gateway, open_: bytes) -> None:
    for body in (open_ * 50_000, b'{"name": "a", "anything": {"deep": ' + b"[" * 201 + b"]" * 201 + b"}}"):
        reply = api("POST", "/things", body=body)
        assert first_error(reply) == (422, "body", "max_depth")
    assert NESTING_MAX == 201
    assert (
        api("POST", "/things", body=b'{"name": "a", "anything": {"d": ' + b"[" * 199 + b"]" * 199 + b"}}").status == 200
    )


def test_a_problem_names_at_most_twenty_fields(api: Gateway) -> None:
    reply = api("POST", "/things", {f"field_{i}": i for i in range(1000)})
    assert reply.status == 422
    assert len(reply.json["errors"]) == 20


def test_large_numbers_and_any_script_are_accepted(api: Gateway) -> None:
    sent = {"name": "模型 \U0001f600", "anything": {"n": 10**200}}
    assert api("POST", "/things", sent).json == {**sent, "known": ""}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_route_without_a_body_refuses_content(api: Gateway, method: str) -> None:
    for empty in (None, b"", b"{}", b" { } ", b"null"):
        assert api(method, "/ping", body=empty).status == 200
    refused = api(method, "/ping", {"reason": "old", "force": True})
    assert refused.status == 422
    assert [(e["field"], e["rule"]) for e in refused.json["errors"]] == [
        ("reason", "unknown"),
        ("force", "unknown"),
    ]
    for body in (b"[]", b"1", b"reason=old", b"\xff", b"[" * 100_000):
        reply = api(method, "/ping", body=body)
        assert first_error(reply) == (422, "body", "empty")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/x+json"]
)
def test_every_content_type_of_json_is_accepted(api: Gateway, content_type: str) -> None:
    assert api("POST", "/things", {"name": "a"}, headers={"content-type": content_type}).status == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "json", "application/jsonx"]
)
def test_another_content_type_is_415_and_names_the_right_one(api: Gateway, content_type: str) -> None:
    reply = api("POST", "/things", {"name": "a"}, headers={"content-type": content_type})
    assert (reply.status, reply.json["detail"]) == (415, "content-type: must be application/json")
    assert reply.json["errors"][0]["field"] == "content-type"


def test_no_content_type_counts_as_json(api: Gateway) -> None:
    assert api("POST", "/things", {"name": "a"}, headers={"content-type": ""}).status == 200


def test_a_body_over_the_limit_is_413(api: Gateway) -> None:
    fits = b'{"name": "a"}'.ljust(StrictRoute.body_max)
    assert api("POST", "/things", body=fits).status == 200
    over = api("POST", "/things", body=fits + b" ")
    assert (over.status, over.json["errors"][0]["field"]) == (413, "body")


def test_an_unknown_query_parameter_is_named_with_the_known_ones(api: Gateway) -> None:
    reply = api("POST", "/things?shown=1&hidden=2", {"name": "a"})
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "hidden")
    assert "shown" in reply.json["detail"]
    assert api("POST", "/things?shown=1", {"name": "a"}).json["known"] == "1"


def test_a_repeated_query_parameter_is_refused(api: Gateway) -> None:
    reply = api("POST", "/things?shown=1&shown=2", {"name": "a"})
    assert first_error(reply) == (422, "shown", "repeated")


def test_query_parameters_of_dependencies_are_known(api: Gateway) -> None:
    assert api("GET", "/list?tag=a&limit=3&tag=b&sort=name").json == ["name", "3", "a", "b"]
    refused = api("GET", "/list?tags=a&limit=x&page=1")
    assert [(e["field"], e["message"]) for e in refused.json["errors"]] == [
        (name, "is not a query parameter here; this route takes limit, sort, tag") for name in ("tags", "page")
    ]
    assert api("GET", "/list?limit=1&limit=2").json["errors"][0]["rule"] == "repeated"


@pytest.mark.parametrize(
    "coding", ["gzip", "x-gzip", "br", "deflate", "zstd", "GZIP", "identity, gzip", "gzip,gzip", "*"]
)
@pytest.mark.parametrize("body", [gzip.compress(b'{"name": "a"}'), b'{"name": "a"}', b"\x1f\x8b\x08cut off"])
def test_a_compressed_body_is_415_with_the_codings_that_are_read(api: Gateway, coding: str, body: bytes) -> None:
    reply = api("POST", "/things", body=body, headers={"content-encoding": coding})
    assert first_error(reply) == (415, "content-encoding", "content_encoding")
    assert (reply.json["code"], reply.headers["accept-encoding"]) == ("unsupported_media_type", "identity")


@pytest.mark.parametrize("coding", ["", "identity", "Identity", "identity, identity"])
def test_a_body_without_a_coding_is_read(api: Gateway, coding: str) -> None:
    reply = api("POST", "/things", {"name": "a"}, headers={"content-encoding": coding})
    assert (reply.status, reply.json["name"]) == (200, "a")


def test_a_request_without_a_body_may_name_a_coding(api: Gateway) -> None:
    assert api("GET", "/ping", headers={"content-encoding": "gzip"}).status == 200


def test_a_field_without_a_name_is_shown_as_quotes(api: Gateway) -> None:
    assert first_error(api("POST", "/things", {"name": "a", "": 1})) == (422, '""', "unknown")
    assert first_error(api("POST", "/ping", {"": 1})) == (422, '""', "unknown")
