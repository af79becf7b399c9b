"""The path of an event, which the gateway has decoded."""

import pytest
from fastapi import APIRouter

from maas.entrypoints.http import create_app, lambda_handler
from tests.support.http_gateway import Gateway


@pytest.mark.parametrize(
    ("target", "seen"),
    [("/path/a%252Fb", "a%2Fb"), ("/path/a%25252Fb", "a%252Fb"), ("/path/50%2525", "50%25"), ("/path/a%20b", "a b")],
)
def test_a_path_is_decoded_by_the_gateway_alone(target: str, seen: str) -> None:
    router = APIRouter()

    async def segment(text: str) -> str:
        return text

    router.add_api_route("/path/{text}", segment)
    api = Gateway(lambda_handler(create_app(router, title="paths")))
    assert api("GET", target).json == seen
