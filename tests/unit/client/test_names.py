"""Models by name."""

import pytest

from maas_client import errors
from tests.support.client_api import MODEL, MODEL_ID, FakeApi, problem


@pytest.mark.parametrize(
    ("model", "segment"),
    [
        (MODEL_ID, MODEL_ID),
        ("iris", "iris"),
        ("my iris", "my%2520iris"),
        ("a/b?c", "a%252Fb%253Fc"),
        ("50% off", "50%2525%2520off"),
        (f"{MODEL_ID}/größe", f"{MODEL_ID}%252Fgr%25C3%25B6%25C3%259Fe"),
        ("..", "%252E%252E"),
    ],
)
async def test_a_name_is_escaped_twice_in_its_path(model: str, segment: str) -> None:
    api = FakeApi(lambda _: MODEL)
    async with api.client() as client:
        await client.models.get(model)
    assert [request.url.raw_path.decode() for request in api.requests] == [f"/api/v1/models/{segment}"]


async def test_an_unknown_name_is_not_found() -> None:
    async with FakeApi(lambda _: problem(404, "not_found")).client() as client:
        with pytest.raises(errors.NotFound):
            await client.models.get("roses")
