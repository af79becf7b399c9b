"""Rollouts over HTTP, on the registry's own services with a store in memory."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maas.domain.identity.principals import Role
from maas.domain.judging.findings import GuardJudgement, GuardState, Judgement, Seen, Waits
from maas.domain.rollouts.guards import Guard, Metric
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.judged_rollouts import JudgedRollouts
from maas.web.routes.aliases import aliases_routes
from maas.web.routes.rollouts import rollouts_routes
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.rollouts import FakeWatches
from tests.support.http_gateway import Gateway, Reply, first_error, person
from tests.support.registry_server import make_draft
from tests.support.rollouts import rollable

JUDGEMENT = Judgement(
    at=datetime(2026, 11, 30, 12, tzinfo=UTC),
    step=0,
    result="watched",
    reason="error_rate waits",
    waits_for=Waits.CALLS,
    seconds_left=540.0,
    guards=(
        GuardJudgement(
            guard=Guard(metric=Metric.ERROR_RATE, threshold=0.02),
            state=GuardState.GATHERING,
            live=Seen(900, 0.01, 0.002, 0.03),
            candidate=Seen(0, None, 0.0, 1.0),
            e_value=1.0,
            limit=240.0,
            text="error_rate: 0 of 0",
        ),
    ),
)


@pytest.fixture
def registry() -> FakeRegistry:
    return fake_registry()


@pytest.fixture
def judgements() -> FakeWatches:
    return FakeWatches()


@pytest.fixture
def api(registry: FakeRegistry, judgements: FakeWatches) -> Gateway:
    routes = (aliases_routes(registry), rollouts_routes(registry, JudgedRollouts(registry, judgements)))
    return Gateway(lambda_handler(create_app(*routes, title="models")))


async def _model(registry: FakeRegistry) -> str:
    model = await rollable(registry, person(), "1.1.0", "1.2.0")
    await make_draft(registry, person(), model, "2.0.0")
    return f"/api/v1/models/{model.id}/aliases/production"


@pytest.fixture
def alias(registry: FakeRegistry) -> str:
    """The path of an alias at 1.0.0, whose model has 1.1.0 and 1.2.0 too, and a draft of 2.0.0."""
    return asyncio.get_event_loop().run_until_complete(_model(registry))


def start(api: Gateway, alias: str, **body: Any) -> Reply:
    return api("PUT", f"{alias}/rollout", {"candidate": "1.1.0", **body})


def test_a_rollout_begins_is_read_and_changes(api: Gateway, alias: str) -> None:
    made = start(api, alias, sticky_by="header:X-User", guards=[{"metric": "error_rate", "threshold": 0.02}])
    assert made.status == 201
    assert made.json == {
        "alias": "production",
        "live": "1.0.0",
        "candidate": "1.1.0",
        "plan": "canary",
        "state": "running",
        "percent": 1,
        "step": 0,
        "steps": [{"percent": each, "for": 600} for each in (1, 5, 25, 100)],
        "sticky_by": "header:x-user",
        "budget": 1000,
        "tolerance": {"absolute": 1e-06, "relative": 0.01},
        "start_at": None,
        "publishes": False,
        "reason": None,
        "force": None,
        "guards": [{"metric": "error_rate", "threshold": 0.02, "min_calls": 50, "quantile": 0.9}],
        "created_by": "ada",
        **{name: made.json[name] for name in ("id", "since", "created_at", "revision")},
    }
    assert made.headers["etag"] == f'"{made.json["revision"]}"'
    assert start(api, alias, sticky_by="header:x-user", guards=[{"metric": "error_rate", "threshold": 0.02}]).json == (
        made.json
    )
    got = api("GET", f"{alias}/rollout")
    assert (got.json, got.headers["etag"]) == ({**made.json, "judgement": None}, made.headers["etag"])
    body = {"action": "advance", "reason": "good"}
    changed = api("PATCH", f"{alias}/rollout", body, headers={"if-match": made.headers["etag"]})
    assert (changed.status, changed.json["percent"], changed.json["reason"]) == (200, 5, "good")
    stale = api("PATCH", f"{alias}/rollout", body, headers={"if-match": made.headers["etag"]})
    assert (stale.status, stale.json["code"]) == (412, "revision_mismatch")


def test_a_rollout_shows_what_its_judge_last_saw(api: Gateway, alias: str, judgements: FakeWatches) -> None:
    rollout = start(api, alias).json["id"]
    judgements.put_judgement(rollout, JUDGEMENT)
    assert api("GET", f"{alias}/rollout").json["judgement"] == {
        "at": "2026-11-30T12:00:00Z",
        "step": 0,
        "result": "watched",
        "waits_for": "calls",
        "seconds_left": 540,
        "reason": "error_rate waits",
        "guards": [
            {
                "metric": "error_rate",
                "threshold": 0.02,
                "min_calls": 50,
                "quantile": 0.9,
                "state": "gathering",
                "live": {"calls": 900, "value": 0.01, "low": 0.002, "high": 0.03},
                "candidate": {"calls": 0, "value": None, "low": 0, "high": 1},
                "e_value": 1,
                "limit": 240,
                "text": "error_rate: 0 of 0",
            }
        ],
    }


def test_a_rollout_is_shown_while_judgements_cannot_be_read(api: Gateway, alias: str, judgements: FakeWatches) -> None:
    start(api, alias)
    judgements.is_gone = True
    got = api("GET", f"{alias}/rollout")
    assert (got.status, got.json["state"], got.json["judgement"]) == (200, "running", None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"candidate": None}, (422, "candidate", "not_null")),
        ({"candidate": "9.9.9"}, (404, "candidate", "exists")),
        ({"candidate": "2.0.0"}, (409, "candidate", "state")),
        ({"candidate": "1.0.0"}, (422, "candidate", "repeated")),
        ({"candidate": "1.0.x.0"}, (422, "candidate", "reference")),
        ({"plan": "big_bang"}, (422, "plan", "enum")),
        ({"plan": 5}, (422, "plan", "type")),
        ({"steps": [{"percent": -1, "for": 60}]}, (422, "steps[0].percent", "range")),
        ({"steps": [{"percent": 0, "for": 60}]}, (422, "steps[0].percent", "range")),
        ({"steps": [{"percent": 101, "for": 60}]}, (422, "steps[0].percent", "range")),
        ({"steps": [{"percent": 5, "for": 60}, {"percent": 1, "for": 60}]}, (422, "steps[1].percent", "order")),
        ({"steps": [{"percent": 5, "for": -60}]}, (422, "steps[0].for", "range")),
        ({"steps": [{"percent": 5, "for": 10**30}]}, (422, "steps[0].for", "range")),
        ({"steps": [{"percent": 5, "for": "10m"}]}, (422, "steps[0].for", "type")),
        ({"steps": [{"percent": 5}]}, (422, "steps[0].for", "required")),
        ({"steps": [{"for": 60}]}, (422, "steps[0].percent", "required")),
        ({"steps": [{"percent": 1, "for": 1}] * 21}, (422, "steps", "max_items")),
        ({"steps": {}}, (422, "steps", "type")),
        ({"sticky_by": "x" * 10_240}, (422, "sticky_by", "enum")),
        ({"sticky_by": "header:" + "x" * 10_240}, (422, "sticky_by", "max_length")),
        ({"sticky_by": "header:a b"}, (422, "sticky_by", "invalid")),
        ({"guards": [{"metric": "error_rate"}]}, (422, "guards[0].threshold", "required")),
        ({"guards": [{"metric": "error_rate", "threshold": None}]}, (422, "guards[0].threshold", "not_null")),
        ({"guards": [{"metric": "speed", "threshold": 1}]}, (422, "guards[0].metric", "enum")),
        ({"guards": [{"metric": "error_rate", "threshold": 2}]}, (422, "guards[0].threshold", "range")),
        ({"guards": [{"metric": "error_rate", "threshold": 0.1}] * 2}, (422, "guards[1].metric", "repeated")),
        (
            {"guards": [{"metric": "latency", "threshold": 2, "quantile": 0.5 + each / 100} for each in range(11)]},
            (422, "guards", "max_items"),
        ),
        ({"guards": [{"metric": "drift", "threshold": 0.1, "min_calls": 0}]}, (422, "guards[0].min_calls", "range")),
        ({"budget": 0}, (422, "budget", "range")),
        ({"budget": 10**30}, (422, "budget", "range")),
        ({"tolerance": 0.01}, (422, "tolerance", "type")),
        ({"tolerance": {"absolute": "1"}}, (422, "tolerance.absolute", "type")),
        ({"tolerance": {"absolute": -1}}, (422, "tolerance.absolute", "range")),
        ({"tolerance": {"absolute": 1e10}}, (422, "tolerance.absolute", "range")),
        ({"tolerance": {"relative": 1.5}}, (422, "tolerance.relative", "range")),
        ({"tolerance": {"factor": 2}}, (422, "tolerance.factor", "unknown")),
        ({"start_at": "soon"}, (422, "start_at", "rfc3339")),
        ({"start_at": "2030-01-01T00:00:00"}, (422, "start_at", "rfc3339")),
        ({"start_at": "9999-12-31T23:59:59Z"}, (422, "start_at", "range")),
        ({"force": "x" * 1025}, (422, "force", "max_length")),
        ({"percent": 5}, (422, "percent", "unknown")),
    ],
)
def test_a_bad_start_is_refused_with_its_field_and_rule(
    api: Gateway, alias: str, body: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    refused = start(api, alias, **body)
    assert first_error(refused) == expected
    assert len(refused.text) < 2000
    assert api("GET", f"{alias}/rollout").status == 404


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(api: Gateway, alias: str, number: str) -> None:
    for body, field in (
        ('{"candidate": "1.1.0", "steps": [{"percent": %s, "for": 60}]}', "steps"),
        ('{"candidate": "1.1.0", "guards": [{"metric": "error_rate", "threshold": %s}]}', "guards"),
        ('{"candidate": "1.1.0", "tolerance": {"relative": %s}}', "tolerance.relative"),
    ):
        refused = api("PUT", f"{alias}/rollout", body=(body % number).encode())
        assert refused.status in (400, 422), refused.text
        if refused.status == 422:
            assert first_error(refused)[1].startswith(field)


def test_an_unknown_alias_is_not_found(api: Gateway, alias: str) -> None:
    path = alias.replace("production", "staging")
    assert first_error(start(api, path)) == (404, "alias", "exists")
    assert first_error(api("GET", f"{path}/rollout")) == (404, "alias", "exists")
    assert first_error(api("PATCH", f"{path}/rollout", {"action": "abort"})) == (404, "alias", "exists")
    assert first_error(api("GET", f"{alias}/rollout")) == (404, "alias", "exists")  # it never had one


def test_one_of_two_rollouts_begins(api: Gateway, alias: str) -> None:
    made = start(api, alias)
    second = start(api, alias, candidate="1.2.0")
    assert first_error(second) == (409, "alias", "state")
    assert "1.1.0" in second.json["detail"]
    assert api("GET", f"{alias}/rollout").json == {**made.json, "judgement": None}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (422, "action", "required")),
        ({"action": "rollback"}, (422, "action", "enum")),
        ({"action": ""}, (422, "action", "enum")),
        ({"action": "x" * 10_240}, (422, "action", "enum")),
        ({"action": "start"}, (409, "action", "state")),
        ({"action": "resume"}, (409, "action", "state")),
        ({"action": "pause", "reason": "x" * 1025}, (422, "reason", "max_length")),
        ({"action": "pause", "percent": 5}, (422, "percent", "unknown")),
    ],
)
def test_a_bad_change_is_refused_with_its_field_and_rule(
    api: Gateway, alias: str, body: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    made = start(api, alias)
    assert first_error(api("PATCH", f"{alias}/rollout", body)) == expected
    assert api("GET", f"{alias}/rollout").json == {**made.json, "judgement": None}


def test_a_scheduled_rollout_is_started_by_hand_and_not_paused(api: Gateway, alias: str) -> None:
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = start(api, alias, start_at=at)
    assert (made.json["state"], made.json["percent"]) == ("scheduled", 0)
    assert first_error(api("PATCH", f"{alias}/rollout", {"action": "pause"})) == (409, "action", "state")
    assert api("PATCH", f"{alias}/rollout", {"action": "start"}).json["percent"] == 1


def test_a_viewer_reads_a_rollout_and_changes_none(api: Gateway, alias: str) -> None:
    made, viewer = start(api, alias), Gateway(api.handler, person(Role.VIEWER))
    assert viewer("GET", f"{alias}/rollout").json == {**made.json, "judgement": None}
    assert start(viewer, alias).status == 403
    assert viewer("PATCH", f"{alias}/rollout", {"action": "abort"}).status == 403
    stranger = Gateway(api.handler, person(tenant="other"))
    assert stranger("GET", f"{alias}/rollout").status == 404
