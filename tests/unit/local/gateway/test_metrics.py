import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from local.gateway.metrics import ROLLOUTS_MAX, VERSIONS_MAX, Metrics, is_asked
from local.gateway.payload import Request, Response
from local.gateway.peers import Connection
from local.gateway.reading import Received

TIMES = "init;dur=1000.000, resolve;dur=0.500, download;dur=0.000, infer;dur=2.000, total;dur=1002.500"
MODEL = "01a2-e192/1.0.0"
LABELS = ("route", "status", "model", "version", "code", "phase", "cache", "le", "rollout", "side")


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, [*{"content-type": "application/json", **named}.items()], body)


def prediction(version: str = MODEL, cache: str = "miss", cold: str = "false", **more: str) -> Response:
    named = {"server_timing": TIMES, "x_model_version": version, "x_cache": cache, "x_cold_start": cold, **more}
    return answer(200, b"{}", **named)


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """The samples by name, and their labels in the order below."""
    families = text_string_to_metric_families(metrics.page().body.decode())
    found = [each for family in families for each in family.samples]
    return {
        (each.name, *(each.labels[label] for label in LABELS if label in each.labels)): each.value for each in found
    }


def test_requests_are_counted_by_route_and_status() -> None:
    metrics = Metrics({})
    for status in (200, 200, 404):
        metrics.count("GET /api/v1/models", answer(status), 0.01)
    metrics.count(None, answer(404), 0.01)
    found = samples(metrics)
    assert found["maas_http_requests_total", "GET /api/v1/models", "200"] == 2
    assert found["maas_http_requests_total", "none", "404"] == 1
    assert found["maas_http_request_seconds_count", "GET /api/v1/models"] == 3


def test_predictions_are_counted_by_version_code_phase_and_cache() -> None:
    metrics = Metrics({})
    problem = json.dumps({"code": "timeout"}).encode()
    for made in (prediction(cold="true"), prediction(cache="hit")):
        metrics.count("POST /predict", made, 1)
    late = answer(408, problem, server_timing=TIMES, x_model_version=MODEL, content_type="application/problem+json")
    metrics.count("POST /predict", late, 1)
    found = samples(metrics)
    version = tuple(MODEL.split("/"))
    assert found["maas_predictions_total", *version, "ok"] == 2
    assert found["maas_predictions_total", *version, "timeout"] == 1
    assert found["maas_prediction_results_total", *version, "hit"] == 1
    assert found["maas_prediction_cold_starts_total", *version] == 1
    assert found["maas_prediction_seconds_count", *version, "infer"] == 3
    assert found["maas_prediction_seconds_sum", *version, "infer"] == pytest.approx(0.006)
    assert ("maas_prediction_seconds_count", *version, "download") not in found


def test_errors_under_v2_are_counted_by_their_code() -> None:
    metrics, version = Metrics({}), tuple(MODEL.split("/"))
    for body in (b'{"error": "no", "code": "invalid_input"}', b"<html>", b"[]", b"{}"):
        metrics.count("POST /v2", answer(422, body, server_timing=TIMES, x_model_version=MODEL), 1)
    found = samples(metrics)
    assert found["maas_predictions_total", *version, "invalid_input"] == 1
    assert found["maas_predictions_total", *version, "unknown"] == 3
    assert ("maas_predictions_total", *version, "ok") not in found


def test_versions_beyond_the_bound_share_one_name() -> None:
    metrics = Metrics({})
    for number in range(VERSIONS_MAX + 50):
        metrics.count("POST /predict", prediction(f"model-{number}/1.0.0"), 1)
    found = samples(metrics)
    assert found["maas_predictions_total", "other", "other", "ok"] == 50
    assert len([name for name in found if name[0] == "maas_predictions_total"]) == VERSIONS_MAX + 1


def test_predictions_under_a_rollout_are_counted_by_side_and_code() -> None:
    metrics, model = Metrics({}), MODEL.partition("/")[0]
    for side in ("live", "live", "candidate"):
        metrics.count("POST /predict", prediction(x_rollout=f"r1; side={side}"), 1)
    crashed = answer(
        503,
        b'{"code": "model_crashed"}',
        server_timing=TIMES,
        x_model_version=MODEL,
        x_rollout="r1; side=candidate",
        content_type="application/problem+json",
    )
    metrics.count("POST /predict", crashed, 1)
    found = samples(metrics)
    assert {name[1:]: value for name, value in found.items() if name[0] == "maas_rollout_predictions_total"} == {
        (model, "ok", "r1", "live"): 2,
        (model, "ok", "r1", "candidate"): 1,
        (model, "model_crashed", "r1", "candidate"): 1,
    }


def test_rollouts_beyond_the_bound_share_one_name() -> None:
    metrics = Metrics({})
    for number in range(ROLLOUTS_MAX + 50):
        metrics.count("POST /predict", prediction(x_rollout=f"r{number}; side=live"), 1)
    found = samples(metrics)
    assert found["maas_rollout_predictions_total", "other", "ok", "other", "live"] == 50


def request(path: str = "/metrics", host: str = "127.0.0.1:8000", method: str = "GET") -> Request:
    return Request("id", method, path, "", {"host": host}, [], b"", "127.0.0.1", "HTTP/1.1")


def received(client: str = "127.0.0.1", *headers: tuple[str, str]) -> Received:
    return Received("GET", "/metrics", "", "1.1", [*headers], b"", Connection(client, "127.0.0.1", "80", "http"))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000"])
def test_a_program_of_this_machine_gets_the_metrics(host: str) -> None:
    assert is_asked(request(host=host), received())
    assert is_asked(request(host=host), received("::1"))


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (request(), received("192.0.2.1")),
        (request(), received("")),
        (request(), received("::1", ("x-forwarded-for", "192.0.2.1"))),
        (request(), received("::1", ("forwarded", "for=192.0.2.1"))),
        (request(host="evil.example:8000"), received()),
        (request(host="evil.example"), received()),
        (request("/metrics/"), received()),
        (request(method="POST"), received()),
    ],
)
def test_everybody_else_gets_what_the_route_answers(asked: Request, where: Received) -> None:
    assert not is_asked(asked, where)
