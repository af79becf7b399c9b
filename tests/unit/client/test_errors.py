"""Problems of the API as errors of the client."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from local.paths import ROOT
from maas_client import errors as e
from maas_client.http.problems import BY_CODE, problem
from tests.support import client_api

_PAGE = (ROOT / "docs" / "api" / "errors.md").read_text()


def _error(response: httpx2.Response) -> Exception:
    response.request = httpx2.Request("GET", "http://api.test/api/v1/models?secret=x")
    return problem(response)


def test_each_code_of_the_documents_has_a_class() -> None:
    listed = set(re.findall(r"^\| \d{3} \| `(\w+)` \|", _PAGE, re.MULTILINE))
    assert listed
    assert listed | {"bad_request", "insufficient_storage"} == set(BY_CODE)


@pytest.mark.parametrize(("status", "code"), re.findall(r"^\| (\d{3}) \| `(\w+)` \|", _PAGE, re.MULTILINE))
def test_a_problem_becomes_the_error_of_its_code(status: str, code: str) -> None:
    error = _error(client_api.problem(int(status), code))
    assert isinstance(error, e.ApiError)
    assert (type(error), error.status, error.code, error.request_id) == (BY_CODE[code], int(status), code, "r-1")


def test_an_error_names_field_and_rule() -> None:
    fields = [{"field": "name", "rule": "unique", "message": "is taken"}, {"field": "x", "rule": "y", "message": ""}]
    error = _error(client_api.problem(409, "already_exists", errors=fields))
    assert isinstance(error, e.AlreadyExists)
    assert (error.field, error.rule, error.errors[1].field) == ("name", "unique", "x")


def test_a_rate_limit_has_its_name_and_the_seconds_to_wait() -> None:
    error = _error(client_api.problem(429, "rate_limited", headers={"retry-after": "42"}, limit="user"))
    assert isinstance(error, e.RateLimited)
    assert (error.retry_after, error.limit) == (42.0, "user")


def test_retry_after_may_be_a_date() -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    error = _error(client_api.problem(503, "unavailable", headers={"retry-after": at}))
    assert isinstance(error, e.Unavailable)
    assert error.retry_after is not None
    assert 25 < error.retry_after <= 30


def test_a_new_code_of_a_later_server_is_an_error_of_its_status() -> None:
    error = _error(client_api.problem(409, "a_code_of_tomorrow"))
    assert type(error) is e.Conflict
    assert error.code == "a_code_of_tomorrow"


@pytest.mark.parametrize(
    ("status", "kind"), [(401, e.Unauthenticated), (429, e.RateLimited), (503, e.Unavailable), (413, e.TooLarge)]
)
def test_an_answer_of_the_gateway_is_an_error_of_its_status(status: int, kind: type[Exception]) -> None:
    error = _error(httpx2.Response(status, json={"message": "No"}))
    assert type(error) is kind
    assert str(error) == "No"


def test_a_page_of_something_else_is_an_unexpected_answer_without_the_query() -> None:
    error = _error(httpx2.Response(418, html="<p>teapot</p>"))
    assert isinstance(error, e.UnexpectedAnswer)
    assert "check the address" in str(error)
    assert "secret" not in str(error)


def test_organizations_to_choose_from_are_in_the_error() -> None:
    choices = [{"id": "1", "name": "Looms"}]
    error = _error(client_api.problem(409, "organization_required", organizations=choices))
    assert isinstance(error, e.OrganizationRequired)
    assert error.organizations == ({"id": "1", "name": "Looms"},)
