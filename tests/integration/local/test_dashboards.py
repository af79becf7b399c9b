"""Prometheus reads the gateway's metrics, and answers every query of the dashboards."""

import json
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from local import programs
from local.dashboards import launchers
from local.functions.pool import Pool
from local.gateway.metrics import Metrics
from local.gateway.payload import Response
from local.servers.managed_process import ManagedProcess
from local.servers.ports import free_port
from tests.support.http_servers import http_server
from tests.support.prometheus_queries import answered
from tools import dashboards

_PATIENCE = 90.0


def _prediction(side: str, version: str, code: str = "ok") -> Response:
    headers = {
        "content-type": "application/json" if code == "ok" else "application/problem+json",
        "server-timing": "init;dur=1.0, infer;dur=2.0, total;dur=3.0",
        "x-model-version": f"m/{version}",
        "x-cache": "hit",
        "x-cold-start": "true",
        "x-rollout": f"r; side={side}",
    }
    return Response(200 if code == "ok" else 503, [*headers.items()], json.dumps({"code": code}).encode())


def _gateway() -> type[BaseHTTPRequestHandler]:
    """A gateway that has three good calls of live, and a failed one of the candidate, between two looks."""
    metrics = Metrics({"InferenceFunction": cast("Pool", SimpleNamespace(waiting=1, processes=2))})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            for _ in range(3):
                metrics.count("POST /predict", _prediction("live", "1.0.0"), 0.01)
            metrics.count("POST /predict", _prediction("candidate", "1.1.0", "model_crashed"), 0.01)
            page = metrics.page()
            self.send_response(200 if self.path == "/metrics" else 404)
            for name, value in page.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


async def test_every_query_has_series_once_predictions_are_made(tmp_path: Path) -> None:
    program = programs.find("prometheus")
    if program is None:
        pytest.skip("prometheus is not on PATH")
    port, config = free_port(), tmp_path / "prometheus.json"
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + _PATIENCE
    failures: list[str] = []
    with http_server(_gateway()) as gateway:
        scraping = launchers.scraping(gateway.removeprefix("http://"))
        scraping["global"]["scrape_interval"] = "1s"
        config.write_text(json.dumps(scraping))
        spec = launchers.prometheus(program, port, tmp_path / "data", config)
        process = ManagedProcess(spec, tmp_path / "log", failures.append)
        await process.start()
        try:
            for dashboard in dashboards.DASHBOARDS.values():
                for panel in dashboard.panels:
                    for query, _ in panel.queries:
                        assert await answered(url, query, end), query
            share = dashboards.ROLLOUTS.panels[0].queries[0][0]
            [found] = await answered(url, share, end)
            assert float(found["value"][1]) == pytest.approx(0.25)
        finally:
            await process.stop()
    assert failures == []
