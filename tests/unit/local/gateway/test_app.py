"""Faults of the gateway itself."""

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from local.functions.worker import MAX_PAYLOAD
from local.gateway import masking
from local.gateway.app import Gateway
from local.gateway.disk import Disk
from local.gateway.payload import Response
from local.gateway.peers import Connection, Peers
from local.gateway.reading import Received
from local.template.specs import Application, CorsSpec, RouteSpec
from maas.platform import masking as functions_masking

ORIGIN = "https://shop.example"


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


def received(method: str, path: str, body: bytes = b"") -> Received:
    headers = [("host", "localhost"), ("origin", ORIGIN)]
    return Received(method, path, "", "1.1", headers, body, Connection("127.0.0.1", "127.0.0.1", "80", "http"))


async def test_a_fault_of_the_gateway_is_a_problem_and_not_bare_text(gateway: Gateway, tmp_path: Path) -> None:
    written: list[Response] = []
    await gateway(received("POST", "/things"), written.append)

    (response,) = written
    headers, problem = dict(response.headers), json.loads(response.body)
    assert (response.status, headers["content-type"]) == (500, "application/problem+json")
    assert (problem["code"], problem["detail"]) == ("internal", "The gateway failed.")
    assert headers["access-control-allow-origin"] == ORIGIN
    assert problem["request_id"] == headers["x-request-id"]
    logged = json.loads((tmp_path / "gateway.log").read_text())
    assert (logged["status"], logged["error"]) == (500, "OSError('no space left on /srv/data')")


@pytest.mark.parametrize("path", ["/v2/models/iris", "/v2"])
async def test_a_refusal_under_v2_has_the_member_that_clients_read(gateway: Gateway, path: str) -> None:
    written: list[Response] = []
    await gateway(received("GET", path), written.append)
    headers, problem = dict(written[0].headers), json.loads(written[0].body)
    assert (written[0].status, headers["content-type"]) == (404, "application/json")
    assert problem["error"] == problem["detail"] == f"There is no route GET {path}."


@pytest.mark.parametrize("parent", ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "junk", None])
async def test_the_request_log_has_the_ids_of_the_trace(gateway: Gateway, tmp_path: Path, parent: str | None) -> None:
    asked = received("GET", "/nowhere")
    if parent:
        asked.headers.append(("traceparent", parent))
    await gateway(asked, list[Response]().append)
    logged = json.loads((tmp_path / "gateway.log").read_text())
    assert re.fullmatch("[0-9a-f]{32}", logged["trace_id"])
    assert re.fullmatch("[0-9a-f]{16}", logged["span_id"])
    assert (logged["trace_id"] in (parent or "")) == (parent is not None and parent != "junk")


async def test_requests_are_served_while_metrics_are_written(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    served, waited = threading.Event(), list[bool]()

    def page() -> Response:
        waited.append(served.wait(10))
        return Response(200, [], b"")

    monkeypatch.setattr(gateway._metrics, "page", page)
    metrics = asyncio.ensure_future(gateway(received("GET", "/metrics"), list[Response]().append))
    await asyncio.sleep(0)
    await gateway(received("GET", "/nowhere"), list[Response]().append)
    served.set()
    await metrics
    assert waited == [True]


async def test_a_body_that_no_function_takes_is_refused_before_an_event_is_made(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.gateway.app.whole_event", None)
    written: list[Response] = []
    await gateway(received("POST", "/things", b"x" * (MAX_PAYLOAD + 1)), written.append)
    assert written[0].status == 413
    assert "6 MB" in json.loads(written[0].body)["detail"]
    assert "A binary body may have 4.5 MB" in json.loads(written[0].body)["detail"]


@pytest.mark.parametrize("secret", ["maas_" + "A" * 16 + "_" + "b" * 49, f"{'1' * 36}.{'2' * 36}.{'c' * 43}"])
async def test_the_request_log_has_no_secret_of_a_path(gateway: Gateway, tmp_path: Path, secret: str) -> None:
    await gateway(received("GET", f"/keys/{secret}"), list[Response]().append)
    text = (tmp_path / "gateway.log").read_text()
    assert json.loads(text)["status"] == 404
    assert secret[-40:] not in text


def test_the_gateway_knows_the_same_secrets_as_the_functions() -> None:
    assert masking.SECRET == functions_masking.SECRET
