"""Models by name."""

from typing import Any

import httpx2
import pytest

from maas_client import errors
from tests.support.client_api import MODEL, MODEL_ID, FakeApi, in_order, page, problem


async def test_a_name_is_resolved_once_and_an_id_never() -> None:
    api = FakeApi(lambda request: page(MODEL) if request.url.path == "/api/v1/models" else MODEL)
    async with api.client() as client:
        await client.models.get("iris")
        await client.models.get("iris")
        await client.models.get(MODEL_ID)
    assert [request.url.path.rpartition("/")[2] for request in api.requests] == ["models", MODEL_ID, MODEL_ID, MODEL_ID]
    assert dict(api.requests[0].url.params) == {"name": "iris", "limit": "1"}


async def test_a_shared_model_is_found_after_the_own_ones() -> None:
    def answer(request: httpx2.Request) -> Any:
        if request.url.path != "/api/v1/models":
            return MODEL
        return page(MODEL) if request.url.params.get("visibility") == "shared" else page()

    async with FakeApi(answer).client() as client:
        assert (await client.models.get("iris")).id == MODEL_ID


async def test_an_unknown_name_is_not_found_and_named() -> None:
    async with FakeApi(lambda _: page()).client() as client:
        with pytest.raises(errors.NotFound, match="'roses'"):
            await client.models.get("roses")


async def test_the_id_of_a_deleted_model_is_forgotten() -> None:
    api = in_order(page(MODEL), problem(404, "not_found"), page(MODEL), MODEL)
    async with api.client() as client:
        with pytest.raises(errors.NotFound):
            await client.models.get("iris")
        assert (await client.models.get("iris")).name == "iris"
    assert len(api.requests) == 4
