"""HTTP functions: the gate, the request id, and problems for every error."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import APIRouter, Response

from maas.domain import errors
from maas.domain.errors import FieldError, MaasError, Rule
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.identity.quotas import Quotas
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.request_limits import RequestLimits
from maas.web.principal import Caller, Reader
from maas.web.problems import STATUS, status_of
from tests.support.captured_logs import logged
from tests.support.http_gateway import CONTEXT, Gateway, Reply, authorized, event, first_error, invoke, person


async def _fail(kind: str) -> None:
    if kind == "bug":
        raise KeyError("arn:aws:secret /var/task")
    raise next(error for error in _subclasses(MaasError) if error.__name__ == kind)("said aloud")


async def _whoami(caller: Caller) -> dict[str, str]:
    return {"sub": caller.subject, "roles": " ".join(caller.roles), "scopes": " ".join(caller.scopes)}


async def _read(caller: Reader) -> str:
    return caller.subject


async def _open() -> str:
    return "open"


async def _nothing(status: int) -> Response:
    return Response(status_code=status, media_type="application/json")


def _subclasses(kind: type[MaasError]) -> list[type[MaasError]]:
    return [found for child in kind.__subclasses__() for found in (child, *_subclasses(child))]


async def _long(kind: str) -> str:
    return {"plain": "x" * 5_000_000, "quotes": '"' * 3_000_000}[kind]


@pytest.fixture
def api() -> Gateway:
    router = APIRouter()
    router.add_api_route("/fail/{kind}", _fail)
    router.add_api_route("/whoami", _whoami)
    router.add_api_route("/long/{kind}", _long)
    router.add_api_route("/read", _read)
    router.add_api_route("/open", _open)
    router.add_api_route("/nothing/{status}", _nothing)
    return Gateway(lambda_handler(create_app(router, title="frame", public={"/open"})))


def test_every_error_has_a_status() -> None:
    assert [kind for kind in _subclasses(MaasError) if status_of(kind("")) == 500] == []


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_no_content_type(api: Gateway, status: int) -> None:
    reply = api("GET", f"/nothing/{status}")
    assert (reply.status, reply.text) == (status, "")
    assert "content-type" not in reply.headers
    assert reply.headers["x-request-id"] == "gateway-request-id"


@pytest.mark.parametrize("kind", STATUS)
def test_an_error_is_a_problem_with_its_code(api: Gateway, kind: type[MaasError]) -> None:
    reply = api("GET", f"/fail/{kind.__name__}")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json == {
        "type": "about:blank",
        "title": reply.json["title"],
        "status": STATUS[kind],
        "detail": "said aloud",
        "code": kind.code,
        "request_id": "gateway-request-id",
    }


@pytest.mark.parametrize(
    ("kind", "header", "value"),
    [
        ("Unauthenticated", "www-authenticate", "Bearer"),
        ("Unavailable", "retry-after", "1"),
        ("Exhausted", "retry-after", "1"),
    ],
)
def test_a_status_has_its_header(api: Gateway, kind: str, header: str, value: str) -> None:
    assert api("GET", f"/fail/{kind}").headers[header] == value


def test_a_bug_is_a_500_with_only_its_request_id(api: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    reply = api("GET", "/fail/bug")
    assert (reply.status, reply.json["code"]) == (500, "internal")
    assert reply.headers["x-request-id"] == reply.json["request_id"]
    assert "arn" not in reply.text
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [KeyError]


def test_unknown_routes_and_methods_are_problems(api: Gateway) -> None:
    assert (api("GET", "/nothing").status, api("GET", "/nothing").json["code"]) == (404, "not_found")
    assert (api("POST", "/open").status, api("POST", "/open").json["code"]) == (405, "method_not_allowed")
    assert api("GET", "/read/").status == 404


def test_only_public_paths_work_without_a_principal(api: Gateway) -> None:
    api.by = None
    for path in ("/read", "/whoami", "/nothing", "/open/", "/OPEN", "//open"):
        reply = api("GET", path)
        found = reply.status, reply.json["code"], reply.headers["www-authenticate"]
        assert found == (401, "unauthenticated", "Bearer")
        assert reply.headers["x-request-id"]
        assert abs(datetime.fromisoformat(reply.json["server_time"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert api("GET", "/open").status == 200


@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        {"lambda": None},
        {"lambda": {}},
        {"lambda": {"sub": "ada"}},
        {"lambda": {"tenant": "acme", "scopes": "models:read"}},
    ],
)
def test_an_incomplete_principal_is_401(api: Gateway, context: object) -> None:
    found = event("GET", "/whoami", body=None, headers={}, by=None)
    found["requestContext"]["authorizer"] = context
    assert invoke(api.handler, found).status == 401


@pytest.mark.parametrize("code", ["token_expired", "unauthenticated", "something_new"])
def test_a_problem_of_the_authorizer_is_answered(api: Gateway, code: str) -> None:
    found = event("GET", "/whoami", body=None, headers={}, by=None)
    found["requestContext"]["authorizer"] = {"lambda": {"problem": code, "detail": "so it is"}}
    reply = invoke(api.handler, found)
    assert (reply.status, reply.json["detail"]) == (401, "so it is")
    assert reply.json["code"] == ("token_expired" if code == "token_expired" else "unauthenticated")


def test_a_problem_wins_over_a_principal(api: Gateway) -> None:
    found = event("GET", "/whoami", body=None, headers={}, by=None)
    found["requestContext"]["authorizer"] = {"lambda": {**authorized(person()), "problem": "token_expired"}}
    assert invoke(api.handler, found).status == 401


def _from(address: str, *networks: str) -> Reply:
    router = APIRouter()
    router.add_api_route("/whoami", _whoami)
    app = create_app(router, title="frame", current=lambda by: replace(by, networks=networks))
    found = event("GET", "/whoami", body=None, headers={}, by=person())
    found["requestContext"]["http"]["sourceIp"] = address
    return invoke(lambda_handler(app), found)


@pytest.mark.parametrize("networks", [(), ("192.0.2.0/24",), ("10.0.0.0/8", "192.0.2.7/32")])
def test_a_key_is_accepted_from_the_networks_that_it_has_now(networks: tuple[str, ...]) -> None:
    assert _from("192.0.2.7", *networks).status == 200


@pytest.mark.parametrize("address", ["192.0.3.7", "2001:db8::1", "", "unknown"])
def test_a_key_from_another_network_is_403_with_its_own_rule(address: str) -> None:
    reply = _from(address, "192.0.2.0/24", "10.0.0.0/8")
    assert first_error(reply) == (403, "authorization", "source")
    assert reply.json["code"] == "permission_denied"
    assert "192.0.2.0" not in reply.text


def test_a_caller_that_can_t_be_looked_up_is_503() -> None:
    def current(_: Principal) -> Principal:
        raise errors.Unavailable("accounts can't be read just now")

    router = APIRouter()
    router.add_api_route("/whoami", _whoami)
    reply = Gateway(lambda_handler(create_app(router, title="frame", current=current)))("GET", "/whoami")
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, "unavailable", "1")


def test_unknown_roles_and_scopes_grant_nothing(api: Gateway) -> None:
    found = event("GET", "/whoami", body=None, headers={}, by=None)
    found["requestContext"]["authorizer"] = {
        "lambda": {"sub": "ada", "tenant": "acme", "roles": "king viewer", "scopes": "models:read world:rule"}
    }
    assert invoke(api.handler, found).json == {"sub": "ada", "roles": Role.VIEWER, "scopes": Scope.MODELS_READ}


def test_a_route_needs_its_scope(api: Gateway) -> None:
    assert api("GET", "/read").status == 200
    found = event("GET", "/read", body=None, headers={}, by=None)
    found["requestContext"]["authorizer"] = {"lambda": {"sub": "ada", "tenant": "acme", "scopes": "models:write"}}
    assert (invoke(api.handler, found).status, invoke(api.handler, found).json["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ("my-id_1.2=", "my-id_1.2="),
        ("a" * 65, "gateway-request-id"),
        ("a b", "gateway-request-id"),
        ("", "gateway-request-id"),
    ],
)
def test_a_sane_request_id_is_kept(api: Gateway, given: str, answered: str) -> None:
    assert api("GET", "/open", headers={"x-request-id": given}).headers["x-request-id"] == answered


def line_of(api: Gateway, target: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The log line of one request."""
    with logged() as written:
        api("GET", target, headers=headers)
    lines: list[dict[str, Any]] = [json.loads(line) for line in written().splitlines()]
    [found] = [line for line in lines if line["message"] == "request"]
    return found


def test_the_log_line_of_a_request_has_the_id_that_the_caller_got(api: Gateway) -> None:
    line = line_of(api, "/open")
    assert line["request_id"] == "gateway-request-id"
    assert "gateway_request_id" not in line
    assert line["function_request_id"] == CONTEXT.aws_request_id
    assert (line["route"], line["status"]) == ("$default", 200)
    assert line["milliseconds"] >= 0


def test_both_ids_are_logged_where_the_caller_chose_another_one(api: Gateway) -> None:
    line = line_of(api, "/open", {"x-request-id": "mine-1"})
    assert (line["request_id"], line["gateway_request_id"]) == ("mine-1", "gateway-request-id")


@pytest.mark.parametrize(("target", "status"), [("/fail/bug", 500), ("/fail/NotFound", 404), ("/absent", 404)])
def test_a_failed_request_is_logged_with_its_status(api: Gateway, target: str, status: int) -> None:
    assert line_of(api, target)["status"] == status


def test_every_other_line_of_a_request_has_both_ids(api: Gateway) -> None:
    with logged() as written:
        api("GET", "/fail/bug", headers={"x-request-id": "mine-2"})
    lines = [json.loads(line) for line in written().splitlines()]
    assert len(lines) == 2
    assert {(line["request_id"], line["gateway_request_id"]) for line in lines} == {("mine-2", "gateway-request-id")}


def test_one_process_serves_many_invocations(api: Gateway) -> None:
    assert [api("GET", "/whoami").status for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(("kind", "status"), [("plain", 200), ("quotes", 413)])
def test_an_answer_that_lambda_would_drop_is_a_problem(api: Gateway, kind: str, status: int) -> None:
    """Each quote is escaped twice: in the body, and in the envelope around it."""
    answer = api("GET", f"/long/{kind}")
    assert answer.status == status
    assert status == 200 or (answer.json["code"], answer.headers["content-type"]) == (
        "too_large",
        "application/problem+json",
    )


def test_a_problem_travels_as_text(api: Gateway) -> None:
    answer = api.handler(event("GET", "/nothing", body=None, headers={}, by=person()), CONTEXT)
    assert answer["isBase64Encoded"] is False


def test_fields_of_an_error_are_listed() -> None:
    error = errors.InvalidInput.of("name", Rule.MIN_LENGTH, "too short")
    assert error.fields == (FieldError("name", Rule.MIN_LENGTH, "too short"),)
    assert error.message == "name: too short"


def test_answers_have_the_limits_and_a_refusal_names_its_own() -> None:
    router = APIRouter()
    router.add_api_route("/whoami", _whoami)
    router.add_api_route("/open", _open)
    limits = RequestLimits(Quotas(organization=100, user=2, api_key=0), None, clock=lambda: 60_018.0)
    api = Gateway(lambda_handler(create_app(router, title="frame", public={"/open"}, limits=limits)))
    reply = api("GET", "/whoami")
    assert reply.headers["ratelimit-policy"] == '"organization";q=100;w=60, "user";q=2;w=60'
    assert reply.headers["ratelimit"] == '"organization";r=99;t=42, "user";r=1;t=42'
    assert api("GET", "/absent").status == 404
    refused = api("GET", "/whoami")
    assert (refused.status, refused.json["code"], refused.json["limit"]) == (429, "rate_limited", "user")
    assert refused.headers["retry-after"] == "42"
    assert refused.headers["ratelimit"] == '"organization";r=98;t=42, "user";r=0;t=42'
    assert refused.headers["x-request-id"] == "gateway-request-id"
    opened = api("GET", "/open")
    assert opened.status == 200
    assert "ratelimit" not in opened.headers
