"""Numbers and truth values in a query are read as JSON writes them."""

from typing import Any

import pytest
from fastapi import APIRouter

from maas.entrypoints.http import create_app, lambda_handler
from maas.web.paging import Paged
from maas.web.query import Truth, WholeNumber
from maas.web.strict import StrictRoute
from tests.support.header_uses import annotations
from tests.support.http_gateway import Gateway, first_error


async def _read(number: WholeNumber | None = None, truth: Truth | None = None) -> list[Any]:
    return [number, truth]


async def _page(paging: Paged) -> int:
    return paging.limit


@pytest.fixture(scope="module")
def api() -> Gateway:
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route("/read", _read, methods=["GET"])
    router.add_api_route("/page", _page, methods=["GET"])
    return Gateway(lambda_handler(create_app(router, title="test")))


@pytest.mark.parametrize(
    "text", ["1_0", "%2B1", "1.0", "1e1", "01", "%201", "1%20", "", "-", "--1", "0x1", "Ù¡", "x", "true"]
)
def test_another_notation_of_a_number_is_refused(api: Gateway, text: str) -> None:
    reply = api("GET", f"/read?number={text}")
    assert first_error(reply) == (422, "number", "type")
    assert reply.json["errors"][0]["message"] == "must be a whole number in digits, such as 20"


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("20", 20), ("-3", -3), ("9" * 25, int("9" * 25))])
def test_digits_are_a_number(api: Gateway, text: str, number: int) -> None:
    assert api("GET", f"/read?number={text}").json == [number, None]


@pytest.mark.parametrize("text", ["1", "0", "on", "off", "yes", "no", "y", "t", "f", "", " true", "null"])
def test_another_notation_of_a_truth_value_is_refused(api: Gateway, text: str) -> None:
    assert first_error(api("GET", f"/read?truth={text}")) == (422, "truth", "type")


@pytest.mark.parametrize(("text", "truth"), [("true", True), ("false", False), ("True", True), ("FALSE", False)])
def test_true_and_false_are_truth_values(api: Gateway, text: str, truth: bool) -> None:
    assert api("GET", f"/read?truth={text}").json == [None, truth]


def test_the_limit_of_a_page_is_strict_and_bounded(api: Gateway) -> None:
    assert api("GET", "/page?limit=7").json == 7
    assert first_error(api("GET", "/page?limit=1_0")) == (422, "limit", "type")
    assert first_error(api("GET", "/page?limit=0")) == (422, "limit", "range")
    assert first_error(api("GET", f"/page?limit={'9' * 40}")) == (422, "limit", "range")


def test_no_route_reads_a_plain_number_or_truth_value() -> None:
    assert not {"int", "int | None", "bool", "bool | None"} & annotations("web/routes", "web/paging.py")


@pytest.mark.parametrize("query", ["=1", "=", "&=x&"])
def test_a_parameter_without_a_name_is_shown_as_quotes(api: Gateway, query: str) -> None:
    assert first_error(api("GET", f"/page?{query}")) == (422, '""', "unknown")
