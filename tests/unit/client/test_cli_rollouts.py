"""The commands `maas rollout`: what they send, what they show, and the end of a watch."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client.cli import rollout_watch
from tests.support.cli import Cli, Done
from tests.support.client_api import AT, FakeApi, in_order, page, problem

ROLLOUT: dict[str, Any] = {
    "id": "r1",
    "alias": "production",
    "live": "1.0.0",
    "candidate": "1.1.0",
    "plan": "canary",
    "state": "running",
    "percent": 5.0,
    "step": 0,
    "steps": [{"percent": 5.0, "for": 600}, {"percent": 100.0, "for": 600}],
    "since": AT,
    "sticky_by": "caller",
    "guards": [],
    "budget": 1000,
    "tolerance": {"absolute": 1e-06, "relative": 0.01},
    "start_at": None,
    "publishes": False,
    "reason": None,
    "force": None,
    "created_by": "u",
    "created_at": AT,
    "revision": 7,
    "judgement": None,
}
GUARD: dict[str, Any] = {
    "metric": "error_rate",
    "threshold": 0.02,
    "min_calls": 50,
    "quantile": 0.9,
    "state": "gathering",
    "live": {"calls": 900, "value": 0.01, "low": 0.002, "high": 0.03},
    "candidate": {"calls": 31, "value": 0.032, "low": 0.0, "high": 0.2},
    "e_value": 1.84,
    "limit": 240.0,
    "text": "error_rate: 1 of 31",
}
JUDGEMENT: dict[str, Any] = {
    "at": AT,
    "step": 0,
    "result": "watched",
    "waits_for": "calls",
    "seconds_left": 412.4,
    "reason": "error_rate waits",
    "guards": [GUARD],
}
JUDGED = {**ROLLOUT, "judgement": JUDGEMENT}
SECOND = {**ROLLOUT, "step": 1, "percent": 100.0, "revision": 8}
PROMOTED = {**SECOND, "state": "promoted", "revision": 9}
ABORTED = {**SECOND, "state": "aborted", "percent": 0.0, "revision": 9, "reason": "error_rate: 30 of 100 calls"}
WATCH = "maas rollout status iris@production --watch --every 0.1"


@pytest.fixture
def maas(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli.in_folder(tmp_path, capsys, monkeypatch)


def answered(maas: Cli, line: str, *answers: Any) -> tuple[Done, FakeApi]:
    api = in_order(*answers)
    maas.serve(httpx2.MockTransport(api))
    return maas(line), api


def sent(maas: Cli, options: str) -> Any:
    done, api = answered(maas, f"maas rollout start iris@production 1.1.0 {options}", ROLLOUT)
    assert done.status == 0, done.err
    assert (api.requests[0].method, api.requests[0].url.path) == (
        "PUT",
        "/api/v1/models/iris/aliases/production/rollout",
    )
    return api.bodies()[0]


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ("", {}),
        ("--step 5%:10m", {"steps": [{"percent": 5, "for": 600}]}),
        ("--step 2.5:90s --step 50%:1h30m --step 100%", {
            "steps": [{"percent": 2.5, "for": 90}, {"percent": 50, "for": 5400}, {"percent": 100, "for": 0}]
        }),
        ("--guard error_rate=0.02", {"guards": [{"metric": "error_rate", "threshold": 0.02}]}),
        ("--guard latency=1.5,quantile=0.95,min_calls=7", {
            "guards": [{"metric": "latency", "threshold": 1.5, "quantile": 0.95, "min_calls": 7}]
        }),
        ("--no-guards", {"guards": []}),
        ("--sticky-by header:x-user --budget 5", {"sticky_by": "header:x-user", "budget": 5}),
        ("--plan shadow --tolerance relative=0.05", {"plan": "shadow", "tolerance": {"relative": 0.05}}),
        ("--tolerance absolute=1e-3,relative=0", {"tolerance": {"absolute": 0.001, "relative": 0}}),
        ("--start-at 2027-01-31T09:00:00Z", {"start_at": "2027-01-31T09:00:00+00:00"}),
        ("--release --force-reason 'all send five'", {"release": True, "force": "all send five"}),
    ],
)  # fmt: skip
def test_options_become_the_body_of_the_request(maas: Cli, options: str, body: dict[str, Any]) -> None:
    assert sent(maas, options) == {"candidate": "1.1.0", **body}


def test_a_start_in_some_hours_is_sent_as_a_time(maas: Cli) -> None:
    at = datetime.fromisoformat(sent(maas, "--start-at +1d12h")["start_at"])
    assert abs(at - datetime.now(UTC) - timedelta(hours=36)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("start iris@production 1.1.0 --step 5x", "'5x' is not a step"),
        ("start iris@production 1.1.0 --step 5%:ten", "'5%:ten' is not a step"),
        ("start iris@production 1.1.0 --step -1%:10m", "is not a step"),
        ("start iris@production 1.1.0 --guard error_rate", "'error_rate' is not a guard"),
        ("start iris@production 1.1.0 --guard error_rate=low", "is not a number"),
        ("start iris@production 1.1.0 --guard latency=2,p=0.9", "is not a guard"),
        ("start iris@production 1.1.0 --tolerance 0.05", "'0.05' is not a tolerance"),
        ("start iris@production 1.1.0 --tolerance relative=1,relative=0", "is not a tolerance"),
        ("start iris@production 1.1.0 --tolerance absolute=low", "is not a number"),
        ("start iris@production --tolerance relative=0.05", "give the candidate"),
        ("start iris@production 1.1.0 --start-at soon", "'soon' is not a time"),
        ("start iris@production 1.1.0 --start-at +99999999d", "is not a time"),
        ("start iris@production 1.1.0 --guard drift=0.1 --no-guards", "--guard or --no-guards"),
        ("start iris@production 1.1.0 --reason now", "--reason is for a rollout that is scheduled"),
        ("start iris@production --plan ab", "give the candidate"),
        ("start iris 1.1.0", "'iris' has no alias: write maas rollout start iris@production [CANDIDATE]"),
        ("start iris@production production 1.1.0", "name the alias once, and what follows it: write"),
        ("status iris:1.0.0", "'iris:1.0.0' has no alias: write maas rollout status iris@production"),
        ("status iris", "'iris' has no alias"),
        ("abort iris", "'iris' has no alias"),
        ("history iris", "'iris' has no alias"),
        ("status iris@production --watch --every 0", "--every"),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_sent(maas: Cli, line: str, words: str) -> None:
    done, api = answered(maas, f"maas rollout {line}")
    assert (done.status, done.out, done.err.count("\n"), api.requests) == (2, "", 1, [])
    assert words in done.err


@pytest.mark.parametrize("action", ["pause", "resume", "advance", "promote", "abort"])
def test_an_action_is_sent_with_its_reason(maas: Cli, action: str) -> None:
    done, api = answered(maas, f"maas rollout {action} iris@production --reason why", SECOND)
    assert (done.status, json.loads(done.out)["percent"]) == (0, 100)
    assert api.requests[0].method == "PATCH"
    assert api.bodies() == [{"action": action, "reason": "why"}]


def test_a_start_without_a_candidate_begins_what_is_scheduled(maas: Cli) -> None:
    done, api = answered(maas, "maas rollout start iris@production --reason early -q", ROLLOUT)
    assert (done.status, done.out) == (0, "running\n")
    assert api.bodies() == [{"action": "start", "reason": "early"}]


def test_a_step_has_the_names_of_the_api(maas: Cli) -> None:
    done, _ = answered(maas, "maas rollout status iris@production", ROLLOUT)
    assert json.loads(done.out)["steps"] == ROLLOUT["steps"]


def test_a_refused_action_is_a_conflict(maas: Cli) -> None:
    done, _ = answered(maas, "maas rollout resume iris@production", problem(409, "wrong_state"))
    assert (done.status, done.err.count("\n")) == (5, 1)


def test_a_watch_writes_each_change_once_and_ends_with_the_promotion(maas: Cli) -> None:
    done, api = answered(maas, WATCH, ROLLOUT, ROLLOUT, SECOND, SECOND, PROMOTED)
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [(each["state"], each["step"], each["revision"]) for each in found] == [
        ("running", 0, 7),
        ("running", 1, 8),
        ("promoted", 1, 9),
    ]
    assert (done.status, done.err, len(api.requests)) == (0, "", 5)


def test_a_watch_of_an_aborted_rollout_fails_with_the_reason(maas: Cli) -> None:
    done, _ = answered(maas, WATCH, SECOND, ABORTED)
    assert (done.status, json.loads(done.out.splitlines()[-1])["state"]) == (1, "aborted")
    assert done.err == "maas: the rollout is aborted: error_rate: 30 of 100 calls\n"


def test_a_rollout_that_has_ended_ends_a_watch_at_once(maas: Cli) -> None:
    done, api = answered(maas, f"{WATCH} -q", PROMOTED)
    assert (done.status, done.out, len(api.requests)) == (0, "promoted\n", 1)


def test_a_watch_outlives_an_api_that_is_away_for_a_while(maas: Cli) -> None:
    left = iter([ROLLOUT, *[problem(503, "unavailable")] * 8, httpx2.ConnectError("refused"), PROMOTED])
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: next(left))))
    assert maas(f"{WATCH} -q").out == "running\npromoted\n"


def test_a_watch_ends_when_the_api_stays_away(maas: Cli) -> None:
    maas.patch.setattr(rollout_watch, "PATIENCE", 0.3)
    left = iter([ROLLOUT])
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: next(left, problem(503, "unavailable")))))
    assert maas(WATCH).status == 6


def test_a_watch_ends_when_another_rollout_begins(maas: Cli) -> None:
    done, _ = answered(maas, WATCH, ROLLOUT, {**ROLLOUT, "id": "r2"})
    assert (done.status, "another rollout of production has begun" in done.err) == (1, True)


def test_a_terminal_shows_a_line_for_each_change_and_the_rollout_at_the_end(maas: Cli) -> None:
    on_terminal(maas)
    done, _ = answered(maas, WATCH, ROLLOUT, SECOND, PROMOTED)
    assert [line for line in done.err.splitlines() if " -> " in line] == [
        "production 1.0.0 -> 1.1.0: running, 5 %, step 1 of 2",
        "production 1.0.0 -> 1.1.0: running, 100 %, step 2 of 2",
        "production 1.0.0 -> 1.1.0: promoted, 100 %, step 2 of 2",
    ]
    assert re.search(r"state +promoted", done.out)


def on_terminal(maas: Cli) -> None:
    maas.patch.setattr("sys.stdout.isatty", lambda: True)
    maas.patch.setenv("COLUMNS", "300")
    maas.patch.setenv("NO_COLOR", "1")


def test_a_terminal_shows_what_each_guard_has_seen(maas: Cli) -> None:
    on_terminal(maas)
    latency = {**GUARD, "metric": "latency", "threshold": 1.5, "state": "holds", "live": side(90, 0.012)}
    errors = {**GUARD, "metric": "feedback", "state": "breached", "e_value": None, "candidate": side(60, 2.125, 1, 3)}
    found = {
        **JUDGEMENT,
        "guards": [{**GUARD, "candidate": side(31, 0.032)}, {**latency, "candidate": side(60, 0.02)}, errors],
    }
    done, _ = answered(maas, "maas rollout status iris@production", {**ROLLOUT, "judgement": found})
    lines = [re.sub(" {2,}", " | ", line.strip()) for line in done.out.splitlines()[-5:]]
    assert lines[0].endswith(": waits for calls, 412 s of the step left")
    assert lines[1:] == [
        "guard | state | live | candidate | evidence",
        "error_rate 0.02 | gathering: 31 of 50 calls | 1 % of 900 (0.2 % to 3 %) | 3.2 % of 31 | 1.84 of 240",
        "latency q0.9 1.5 | holds | 12 ms of 90 | 20 ms of 60 | 1.84 of 240",
        "feedback 0.02 | breached | 0.01 of 900 (0.002 to 0.03) | 2.125 of 60 (1 to 3) | by its bounds",
    ]


def side(calls: int, value: float, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"calls": calls, "value": value, "low": low, "high": high}


def test_a_program_gets_the_judgement_as_the_api_has_it(maas: Cli) -> None:
    done, _ = answered(maas, "maas rollout status iris@production", JUDGED)
    assert json.loads(done.out)["judgement"] == JUDGEMENT


def test_a_watch_writes_when_a_guard_has_another_state(maas: Cli) -> None:
    holds = {**JUDGEMENT, "waits_for": "time", "guards": [{**GUARD, "state": "holds"}]}
    later = {**JUDGED, "judgement": {**JUDGEMENT, "seconds_left": 300.0}}
    done, _ = answered(maas, WATCH, ROLLOUT, JUDGED, later, {**ROLLOUT, "judgement": holds}, PROMOTED)
    found = [json.loads(line)["judgement"] for line in done.out.splitlines()]
    assert [each and each["waits_for"] for each in found] == [None, "calls", "time", None]


def test_a_watch_on_a_terminal_says_why_the_rollout_waits(maas: Cli) -> None:
    on_terminal(maas)
    done, _ = answered(maas, WATCH, JUDGED, PROMOTED)
    first = next(line for line in done.err.splitlines() if " -> " in line)
    assert re.search(r"step 1 of 2, judged at [0-9: -]{19}: waits for calls, 412 s of the step left$", first)


def test_a_history_has_the_changes_of_rollouts_alone(maas: Cli) -> None:
    move = {"alias": "production", "from_version": "1.0.0", "to_version": "1.0.0", "moved_by": "u", "moved_at": AT}
    moves = [
        {**move, "kind": "rollback", "reason": None, "revision": 10, "rollout": None},
        {**move, "kind": "promote", "reason": "good", "revision": 9, "rollout": PROMOTED},
        {**move, "kind": "rollout", "reason": None, "revision": 7, "rollout": ROLLOUT},
        {**move, "kind": "create", "reason": "first", "revision": 5, "rollout": None},
    ]
    done, _ = answered(maas, "maas rollout history iris@production", page(*moves))
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [(each["state"], each["percent"], each["reason"], each["by"]) for each in found] == [
        ("promoted", 100, "good", "u"),
        ("running", 5, None, "u"),
    ]
    done, _ = answered(maas, "maas rollout history iris@production --limit 1 -q", page(*moves))
    assert done.out == "promoted\n"


def test_disagreements_are_listed(maas: Cli) -> None:
    of = {"prediction_id": "01a2", "at": AT, "output": "label", "kind": "label"}
    item = {**of, "row": 0, "live": [2], "candidate": [1]}
    found = {"rollout_id": "r", "live": "1.0.0", "candidate": "1.1.0", "items": [item]}
    done, _ = answered(maas, "maas rollout disagreements iris@production", found)
    assert json.loads(done.out)["candidate"] == [1]
    done, _ = answered(maas, "maas rollout disagreements iris@production -q", found)
    assert done.out == "01a2\n"
