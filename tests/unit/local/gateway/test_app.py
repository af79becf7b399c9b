"""Faults of the gateway itself."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from local.gateway import masking
from local.gateway.app import Gateway
from local.gateway.disk import Disk
from local.gateway.peers import Peers
from local.template.specs import Application, CorsSpec, RouteSpec
from maas.platform import masking as functions_masking

ORIGIN = "https://shop.example"
HEADERS = [(b"host", b"localhost"), (b"origin", ORIGIN.encode())]


class FailingDisk(Disk):
    """A disk that can't be looked at."""

    def refuse_write(self, _route: RouteSpec) -> None:
        raise OSError("no space left on /srv/data")


@pytest_asyncio.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    route = RouteSpec("POST", "/things", "Function")
    application = Application({}, (route,), (), (), (), CorsSpec(origins=(ORIGIN,)))
    disk = FailingDisk(tmp_path, tmp_path / "reserve")
    found = Gateway(application, {}, tmp_path / "gateway.log", Peers(()), disk)
    yield found
    found.close()


async def test_a_fault_of_the_gateway_is_a_problem_and_not_bare_text(gateway: Gateway, tmp_path: Path) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"method": "POST", "path": "/things", "query_string": b"", "scheme": "http", "http_version": "1.1"}
    await gateway({**scope, "headers": HEADERS}, receive, send)

    head, body = sent
    headers, problem = dict(head["headers"]), json.loads(body["body"])
    assert (head["status"], headers[b"content-type"]) == (500, b"application/problem+json")
    assert (problem["code"], problem["detail"]) == ("internal", "The gateway failed.")
    assert headers[b"access-control-allow-origin"] == ORIGIN.encode()
    assert problem["request_id"].encode() == headers[b"x-request-id"]
    logged = json.loads((tmp_path / "gateway.log").read_text())
    assert (logged["status"], logged["error"]) == (500, "OSError('no space left on /srv/data')")


@pytest.mark.parametrize("secret", ["maas_" + "A" * 16 + "_" + "b" * 49, f"{'1' * 36}.{'2' * 36}.{'c' * 43}"])
async def test_the_request_log_has_no_secret_of_a_path(gateway: Gateway, tmp_path: Path, secret: str) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(_: dict[str, Any]) -> None:
        pass

    scope = {"method": "GET", "path": f"/keys/{secret}", "query_string": b"", "scheme": "http", "http_version": "1.1"}
    await gateway({**scope, "headers": HEADERS}, receive, send)
    text = (tmp_path / "gateway.log").read_text()
    assert json.loads(text)["status"] == 404
    assert secret[-40:] not in text


def test_the_gateway_knows_the_same_secrets_as_the_functions() -> None:
    assert masking.SECRET == functions_masking.SECRET
