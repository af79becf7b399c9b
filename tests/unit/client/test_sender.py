"""Attempts, waits, deadlines and isolation of calls."""

import asyncio
import json
import logging
import time
from typing import Any

import httpx2
import pytest

from maas_client import AsyncClient, Client, errors
from maas_client.http.calls import Call
from maas_client.http.options import BadAddress
from maas_client.http.retries import Retries, may_retry
from tests.support.client_api import MODEL, MODEL_ID, URL, VERSION, FakeApi, in_order, problem

_GET, _POST = Call("GET", "/x"), Call("POST", "/x")
_BUSY = {"retry-after": "0"}


@pytest.mark.parametrize(
    ("call", "failure", "expected"),
    [
        (_GET, httpx2.ReadError("reset"), True),
        (_POST, httpx2.ReadError("reset"), False),
        (Call("POST", "/x", keyed=True), httpx2.ReadError("reset"), True),
        (Call("POST", "/x", repeatable=True), httpx2.ReadError("reset"), True),
        (Call("PATCH", "/x"), httpx2.ReadError("reset"), False),
        (_POST, httpx2.ConnectError("refused"), True),
        (_POST, errors.RateLimited("later"), True),
        (_POST, errors.Contended("others"), True),
        (_POST, errors.Unavailable("down"), False),
        (_GET, errors.Unavailable("down"), True),
        (Call("POST", "/x", keyed=True), errors.InProgress("first one"), True),
        (_GET, errors.ArtifactUnavailable("gone"), False),
        (_GET, errors.ServerError("bug"), False),
        (_GET, errors.WrongState("no"), False),
        (_GET, errors.InvalidInput("no"), False),
    ],
)
def test_a_call_is_repeated_only_where_that_is_safe(call: Call, failure: Exception, expected: bool) -> None:
    assert may_retry(call, failure) is expected


def test_waits_have_full_jitter_and_keep_the_time_that_the_server_asks_for() -> None:
    policy = Retries(base=0.2, cap=10.0, attempts=9)
    waits = [policy.wait(_GET, httpx2.ReadError("x"), 3) for _ in range(200)]
    assert all(wait is not None and 0 <= wait <= 1.6 for wait in waits)
    assert len(set(waits)) > 100
    asked = policy.wait(_GET, errors.RateLimited("x", retry_after=7.0), 1)
    assert asked is not None
    assert 7.0 <= asked <= 8.0
    assert policy.wait(_GET, httpx2.ReadError("x"), 9) is None


async def test_an_answer_comes_after_a_reset_and_a_503() -> None:
    api = in_order(httpx2.ReadError("reset"), problem(503, "unavailable", headers=_BUSY), MODEL)
    async with api.client() as client:
        assert (await client.models.get(MODEL_ID)).name == "iris"
    assert len(api.requests) == 3


async def test_all_attempts_of_a_post_share_one_idempotency_key() -> None:
    api = in_order(httpx2.ReadError("reset"), MODEL, MODEL)
    async with api.client() as client:
        await client.models.create("iris", "onnx")
        await client.models.create("iris", "onnx")
    first, repeated, other = [request.headers["idempotency-key"] for request in api.requests]
    assert first == repeated != other


async def test_a_post_without_a_key_is_sent_once_if_its_answer_is_lost() -> None:
    api = in_order(httpx2.ReadError("reset"))
    async with api.client() as client:
        with pytest.raises(errors.ConnectionFailed, match="reset"):
            await client.account.join("i")
    assert len(api.requests) == 1


async def test_a_deletion_whose_answer_was_lost_has_succeeded() -> None:
    api = in_order(httpx2.ReadError("reset"), problem(404, "not_found"))
    async with api.client() as client:
        await client.models.delete(MODEL_ID)
    assert len(api.requests) == 2


async def test_a_deletion_of_what_never_was_is_not_found() -> None:
    async with in_order(problem(404, "not_found")).client() as client:
        with pytest.raises(errors.NotFound):
            await client.models.delete(MODEL_ID)


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    api = in_order(problem(429, "rate_limited", headers={"retry-after": "40"}))
    started = time.monotonic()
    async with api.client() as client:
        with pytest.raises(errors.RateLimited) as caught:
            await client.models.get(MODEL_ID, timeout=5)
    assert caught.value.retry_after == 40
    assert time.monotonic() - started < 1


async def test_no_call_outlives_its_deadline() -> None:
    api = FakeApi(lambda _: asyncio.sleep(30))
    started = time.monotonic()
    async with api.client() as client:
        with pytest.raises(errors.DeadlineExceeded, match=r"not answered within 0\.1 s"):
            await client.models.get(MODEL_ID, timeout=0.1)
    assert time.monotonic() - started < 0.3


async def test_a_deadline_is_a_timeout_error_and_names_the_last_failure() -> None:
    answers = iter([httpx2.ReadError("reset by peer")])

    async def answer(_: httpx2.Request) -> Any:
        for failure in answers:
            return failure
        return await asyncio.sleep(30, MODEL)

    async with FakeApi(answer).client() as client:
        with pytest.raises(TimeoutError, match="after 2 attempts; the last one failed: reset by peer"):
            await client.models.get(MODEL_ID, timeout=0.1)


async def test_concurrent_calls_get_their_own_answers_and_fail_alone() -> None:
    async def answer(request: httpx2.Request) -> Any:
        row = json.loads(request.content)["features"][0]
        await asyncio.sleep(0.001 * (row % 7))
        if row % 10 == 0:
            return problem(422, "invalid_input")
        shared = {
            "class_name": None,
            "model_id": MODEL_ID,
            "version": "1.0.0",
            "cached": False,
            "duration_ms": 1.0,
            "prediction_id": "p",
            "rollout": None,
        }
        return {"prediction": row, "outputs": {}, **shared}

    async with FakeApi(answer).client() as client:
        calls = [client.inference.predict(MODEL_ID, [n]) for n in range(200)]
        found = await asyncio.gather(*calls, return_exceptions=True)
    for n, result in enumerate(found):
        if n % 10 == 0:
            assert isinstance(result, errors.InvalidInput)
        else:
            assert not isinstance(result, BaseException)
            assert result.prediction == n


async def test_requests_under_way_are_bounded() -> None:
    under_way = most = 0

    async def answer(_: httpx2.Request) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.002)
        under_way -= 1
        return MODEL

    async with FakeApi(answer).client(concurrency=5) as client:
        await asyncio.gather(*(client.models.get(MODEL_ID) for _ in range(50)))
    assert most == 5


async def test_a_cancelled_call_leaves_its_place_to_others() -> None:
    slow = True

    async def answer(_: httpx2.Request) -> Any:
        return await asyncio.sleep(30) if slow else MODEL

    async with FakeApi(answer).client(concurrency=1) as client:
        task = asyncio.create_task(client.models.get(MODEL_ID))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        slow = False
        assert (await client.models.get(MODEL_ID, timeout=1)).id == MODEL_ID


async def test_an_api_key_travels_as_a_bearer_token_and_shows_in_no_repr_or_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="maas_client")
    api = in_order(httpx2.ReadError("reset"), MODEL)
    async with api.client(api_key="maas_TiG5a760K9fLdOKX_7FsZsecret") as client:
        await client.models.get(MODEL_ID)
        shown = repr(client) + repr(client._api.sender.credential)
    assert api.requests[0].headers["authorization"] == "Bearer maas_TiG5a760K9fLdOKX_7FsZsecret"
    assert "trying again" in caplog.text
    assert "7FsZ" not in shown + caplog.text
    assert api.requests[0].headers["user-agent"].startswith("maas-client/")


async def test_a_refused_api_key_is_not_tried_again() -> None:
    api = in_order(problem(401, "unauthenticated"))
    async with api.client() as client:
        with pytest.raises(errors.Unauthenticated):
            await client.models.get(MODEL_ID)
    assert len(api.requests) == 1


async def test_an_answer_of_another_shape_is_unexpected_and_its_values_stay_out_of_the_message() -> None:
    async with in_order({**MODEL, "revision": "s3cret"}).client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match="revision") as caught:
            await client.models.get(MODEL_ID)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "localhost:1", "ftp://x", "http://", "http://a:b@host", "http://host/?x=1"])
def test_an_address_that_is_none_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAAS_API_URL", raising=False)
    with pytest.raises(BadAddress):
        AsyncClient(url)


@pytest.mark.parametrize("proxy", ["gopher://proxy:1", "ftp://proxy"])
def test_a_proxy_that_is_none_is_one_error(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(BadAddress, match="no connection can be made with these settings"):
        AsyncClient(URL)


def test_address_and_key_come_from_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAAS_API_URL", f"{URL}/prod/")
    monkeypatch.setenv("MAAS_API_KEY", "maas_a_b")
    client = AsyncClient()
    assert client.url == f"{URL}/prod"
    assert repr(client._api.sender.credential) == "ApiKeyCredential(maas_a_…)"


def test_the_synchronous_client_blocks_iterates_and_raises_the_same_errors() -> None:
    def answer(request: httpx2.Request) -> Any:
        if request.url.path.endswith("/versions"):
            cursor = request.url.params.get("cursor")
            last = {"items": [VERSION], "next_cursor": None}
            return last if cursor else {"items": [VERSION, VERSION], "next_cursor": "c"}
        return MODEL if MODEL_ID in request.url.path else problem(404, "not_found")

    with Client(URL, api_key="k", transport=httpx2.MockTransport(FakeApi(answer))) as client:
        assert client.models.get(MODEL_ID).name == "iris"
        assert len(list(client.versions.list(MODEL_ID))) == len(client.versions.list(MODEL_ID).all()) == 3
        assert [len(page.items) for page in client.versions.list(MODEL_ID).pages()] == [2, 1]
        assert len(client.versions.list(MODEL_ID).first().items) == 2
        with pytest.raises(errors.NotFound):
            client.api_keys.get("none")
