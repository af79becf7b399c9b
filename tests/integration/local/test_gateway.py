"""The gateway over HTTP, with real workers."""

import asyncio
import json

import httpx2
import pytest

from local.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_function_receives_the_request_as_a_payload_2_0_event(api: httpx2.AsyncClient) -> None:
    received = (
        await api.post("/echo?a=1&a=2&b=%20", json={"x": 1}, headers={"X-One": "1", "cookie": "c=1; d=2"})
    ).json()

    event = received["event"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "POST /echo"
    assert event["rawQueryString"] == "a=1&a=2&b=%20"
    assert event["queryStringParameters"] == {"a": "1,2", "b": " "}
    assert event["cookies"] == ["c=1", "d=2"]
    assert event["headers"]["x-one"] == "1"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert (event["body"], event["isBase64Encoded"]) == ('{"x":1}', False)


async def test_binary_and_compressed_bodies_are_in_base64(api: httpx2.AsyncClient) -> None:
    binary = await api.post("/echo", content=b"\x00\xff", headers={"content-type": "application/octet-stream"})
    gzipped = await api.post(
        "/echo", content=b"\x1f\x8b", headers={"content-type": "text/plain", "content-encoding": "gzip"}
    )

    assert (binary.json()["event"]["body"], binary.json()["event"]["isBase64Encoded"]) == ("AP8=", True)
    assert gzipped.json()["event"]["isBase64Encoded"] is True


async def test_path_parameters_are_decoded(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/items/a%20b")).json()["event"]["pathParameters"] == {"id": "a b"}


async def test_a_function_has_variables_of_the_template_and_of_lambda(api: httpx2.AsyncClient, stack: Stack) -> None:
    received = (await api.get("/items/1")).json()

    environment = received["environment"]
    assert environment["STAGE"] == "local"
    assert environment["TABLE"] == "maas-local-Table"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "maas-local-Echo"
    assert environment["QUEUE"].startswith(stack.addresses.aws)
    assert received["greeting"] == "hello from the layer"
    assert 0 < received["remaining"] <= 2000
    assert "VIRTUAL_ENV" not in environment


async def test_a_response_keeps_status_cookies_and_bytes(api: httpx2.AsyncClient) -> None:
    response = await api.get("/act/teapot")

    assert (response.status_code, response.content) == (418, b"\x00\x01\x02")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_a_result_without_a_status_code_is_a_200(api: httpx2.AsyncClient) -> None:
    response = await api.get("/act/inferred")

    assert (response.status_code, response.json()) == (200, {"hello": "world"})
    assert response.headers["content-type"] == "application/json"


async def test_a_warm_worker_is_reused(api: httpx2.AsyncClient) -> None:
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
async def test_errors_of_the_gateway_are_problems_with_the_message_of_aws(
    api: httpx2.AsyncClient, path: str, status: int, message: str
) -> None:
    response = await api.get(path)

    problem = response.json()
    assert (response.status_code, problem["status"], problem["message"]) == (status, status, message)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] == response.headers["apigw-requestid"] == response.headers["x-request-id"]


async def test_a_dead_worker_is_replaced(api: httpx2.AsyncClient) -> None:
    before = (await api.get("/items/1")).json()["pid"]
    await api.get("/act/die")

    assert (await api.get("/items/1")).json()["pid"] != before


async def test_workers_are_added_under_load(api: httpx2.AsyncClient) -> None:
    responses = await asyncio.gather(*(api.get("/act/nap") for _ in range(8)))

    assert 1 < len({response.json()["pid"] for response in responses}) <= 4


async def test_a_known_path_with_another_method_is_not_found(api: httpx2.AsyncClient) -> None:
    assert (await api.delete("/echo")).status_code == 404


async def test_bodies_over_10_mb_and_events_over_6_mb_are_too_large(api: httpx2.AsyncClient) -> None:
    for size in (7 * 1024 * 1024, 11 * 1024 * 1024):
        response = await api.post("/echo", content=b"x" * size, headers={"content-type": "text/plain"})
        assert (response.status_code, response.json()["code"]) == (413, "too_large")


async def test_the_response_of_an_authorizer_is_cached(api: httpx2.AsyncClient) -> None:
    first, second = [
        (await api.get("/guarded", headers={"authorization": "cached"})).json()["event"]["requestContext"]["authorizer"]
        for _ in range(2)
    ]

    assert first == second
    assert first["lambda"]["token"] == "cached"


async def test_a_denied_credential_is_forbidden(api: httpx2.AsyncClient) -> None:
    response = await api.get("/guarded", headers={"authorization": "denied"})

    assert (response.status_code, response.json()["message"]) == (403, "Forbidden")


async def test_a_failure_of_an_authorizer_is_not_cached(api: httpx2.AsyncClient, stack: Stack) -> None:
    for _ in range(2):
        assert (await api.get("/guarded", headers={"authorization": "broken"})).status_code == 500

    assert (stack.context.logs / "Guard.log").read_text().count("ValueError: no response") == 2


async def test_the_gateway_responds_to_preflights(api: httpx2.AsyncClient) -> None:
    headers = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    response = await api.options("/guarded", headers=headers)

    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "https://shop.example"
    assert response.headers["access-control-allow-methods"] == "GET,POST"
    assert response.headers["access-control-max-age"] == "600"


async def test_a_foreign_origin_receives_no_cors_headers_even_of_the_function(api: httpx2.AsyncClient) -> None:
    allowed = await api.get("/act/teapot", headers={"origin": "https://shop.example"})
    foreign = await api.get("/act/teapot", headers={"origin": "https://evil.example"})

    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert allowed.headers["access-control-expose-headers"] == "etag"
    assert "access-control-allow-origin" not in foreign.headers


async def test_a_client_that_goes_away_waits_no_longer(api: httpx2.AsyncClient, stack: Stack) -> None:
    with pytest.raises(httpx2.ReadTimeout):
        await api.get("/act/nap", timeout=0.1)
    await asyncio.sleep(0.1)

    log = (stack.context.logs / "gateway.log").read_text().splitlines()
    (gone,) = [each for each in map(json.loads, log) if each["status"] == 499]
    assert (gone["route"], gone["path"]) == ("GET /act/{what}", "/act/nap")
    assert gone["ms"] < 300
    assert (await api.get("/items/1")).status_code == 200


async def test_a_malformed_host_header_never_reaches_a_function(api: httpx2.AsyncClient) -> None:
    for host in ("a:b:c", "[::1]:80", "a b"):
        response = await api.get("/items/1", headers={"host": host})

        assert (response.status_code, response.json()["message"]) == (400, "Bad Request")


async def test_a_program_of_this_machine_gets_prometheus_metrics(api: httpx2.AsyncClient) -> None:
    await api.get("/items/1")
    response = await api.get("/metrics")

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'maas_http_requests_total{route="GET /items/{id}",status="200"}' in response.text
    assert 'maas_function_queue_length{function="Echo"} 0.0' in response.text


async def test_metrics_are_not_for_requests_through_a_proxy(api: httpx2.AsyncClient) -> None:
    response = await api.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"})

    assert response.status_code == 404
    assert "maas_" not in response.text
