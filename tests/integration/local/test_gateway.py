"""The gateway over HTTP, with real workers behind it."""

import asyncio

import httpx2
import pytest

from local.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_function_sees_the_request_as_a_payload_2_0_event(api: httpx2.AsyncClient) -> None:
    seen = (await api.post("/echo?a=1&a=2&b=%20", json={"x": 1}, headers={"X-One": "1", "cookie": "c=1; d=2"})).json()

    event = seen["event"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "POST /echo"
    assert event["rawQueryString"] == "a=1&a=2&b=%20"
    assert event["queryStringParameters"] == {"a": "1,2", "b": " "}
    assert event["cookies"] == ["c=1", "d=2"]
    assert event["headers"]["x-one"] == "1"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert (event["body"], event["isBase64Encoded"]) == ('{"x":1}', False)


async def test_binary_and_compressed_bodies_come_in_base64(api: httpx2.AsyncClient) -> None:
    binary = await api.post("/echo", content=b"\x00\xff", headers={"content-type": "application/octet-stream"})
    gzipped = await api.post(
        "/echo", content=b"\x1f\x8b", headers={"content-type": "text/plain", "content-encoding": "gzip"}
    )

    assert (binary.json()["event"]["body"], binary.json()["event"]["isBase64Encoded"]) == ("AP8=", True)
    assert gzipped.json()["event"]["isBase64Encoded"] is True


async def test_path_parameters_are_decoded(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/items/a%20b")).json()["event"]["pathParameters"] == {"id": "a b"}


async def test_the_environment_is_the_templates_and_what_lambda_sets(api: httpx2.AsyncClient, stack: Stack) -> None:
    seen = (await api.get("/items/1")).json()

    environment = seen["environment"]
    assert environment["STAGE"] == "local"
    assert environment["TABLE"] == "maas-local-Table"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "maas-local-Echo"
    assert environment["QUEUE"].startswith(stack.addresses.aws)
    assert seen["greeting"] == "hello from the layer"
    assert 0 < seen["remaining"] <= 2000
    assert "VIRTUAL_ENV" not in environment


async def test_a_full_answer_keeps_status_cookies_and_bytes(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/act/teapot")

    assert (answer.status_code, answer.content) == (418, b"\x00\x01\x02")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_an_answer_without_status_code_is_inferred(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/act/inferred")

    assert (answer.status_code, answer.json()) == (200, {"hello": "world"})
    assert answer.headers["content-type"] == "application/json"


async def test_a_warm_worker_is_used_again(api: httpx2.AsyncClient) -> None:
    first, second = [(await api.get("/items/1")).json() for _ in range(2)]

    assert first["pid"] == second["pid"]
    assert second["calls"] == first["calls"] + 1


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/nowhere", 404, "Not Found"),
        ("/act/boom", 500, "Internal Server Error"),
        ("/act/malformed", 500, "Internal Server Error"),
        ("/act/die", 500, "Internal Server Error"),
        ("/act/hang", 500, "Internal Server Error"),
        ("/slow/nap", 503, "Service Unavailable"),
        ("/guarded", 401, "Unauthorized"),
    ],
)
async def test_the_gateways_own_answers_are_problems_with_awss_message(
    api: httpx2.AsyncClient, path: str, status: int, message: str
) -> None:
    answer = await api.get(path)

    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["message"]) == (status, status, message)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] == answer.headers["apigw-requestid"] == answer.headers["x-request-id"]


async def test_a_dead_worker_is_replaced(api: httpx2.AsyncClient) -> None:
    before = (await api.get("/items/1")).json()["pid"]
    await api.get("/act/die")

    assert (await api.get("/items/1")).json()["pid"] != before


async def test_workers_are_added_under_load(api: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(*(api.get("/act/nap") for _ in range(8)))

    assert 1 < len({answer.json()["pid"] for answer in answers}) <= 4


async def test_a_known_path_with_another_method_is_unknown(api: httpx2.AsyncClient) -> None:
    assert (await api.delete("/echo")).status_code == 404


async def test_bodies_over_10_mb_and_events_over_6_mb_are_too_large(api: httpx2.AsyncClient) -> None:
    for size in (7 * 1024 * 1024, 11 * 1024 * 1024):
        answer = await api.post("/echo", content=b"x" * size, headers={"content-type": "text/plain"})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_an_authorizers_answer_is_kept(api: httpx2.AsyncClient) -> None:
    first, second = [
        (await api.get("/guarded", headers={"authorization": "kept"})).json()["event"]["requestContext"]["authorizer"]
        for _ in range(2)
    ]

    assert first == second
    assert first["lambda"]["token"] == "kept"


async def test_a_refused_credential_is_forbidden(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/guarded", headers={"authorization": "denied"})

    assert (answer.status_code, answer.json()["message"]) == (403, "Forbidden")


async def test_a_failing_authorizer_is_an_error_that_is_not_kept(api: httpx2.AsyncClient, stack: Stack) -> None:
    for _ in range(2):
        assert (await api.get("/guarded", headers={"authorization": "broken"})).status_code == 500

    assert (stack.context.logs / "Guard.log").read_text().count("ValueError: no answer") == 2


async def test_a_preflight_is_answered_by_the_gateway(api: httpx2.AsyncClient) -> None:
    asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    answer = await api.options("/guarded", headers=asked)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-methods"] == "GET,POST"
    assert answer.headers["access-control-max-age"] == "600"


async def test_a_foreign_origin_gets_no_cors_headers_even_from_the_function(api: httpx2.AsyncClient) -> None:
    allowed = await api.get("/act/teapot", headers={"origin": "https://shop.example"})
    foreign = await api.get("/act/teapot", headers={"origin": "https://evil.example"})

    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert allowed.headers["access-control-expose-headers"] == "etag"
    assert "access-control-allow-origin" not in foreign.headers


async def test_a_host_that_is_none_never_reaches_a_function(api: httpx2.AsyncClient) -> None:
    for host in ("a:b:c", "[::1]:80", "a b"):
        answer = await api.get("/items/1", headers={"host": host})

        assert (answer.status_code, answer.json()["message"]) == (400, "Bad Request")
