"""Faults of the gateway itself."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from local.gateway.app import Gateway
from local.gateway.disk import Disk
from local.gateway.peers import Peers
from local.template.specs import Application, CorsSpec, RouteSpec

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
