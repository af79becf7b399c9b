"""The command line tells what to look at next, and a terminal shows all of it."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.shell_completion import ShellComplete

from maas.domain.catalog.formats import FORMATS
from maas_client.cli import failures
from maas_client.cli.app import cli, run
from maas_client.references import Reference
from tests.support.cli import Cli
from tests.support.client_api import MODEL, MODEL_ID, VERSION, FakeApi, page, problem


@pytest.fixture
def maas(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli.in_folder(tmp_path, capsys, monkeypatch)


def _not_found(field: str) -> Any:
    return lambda _: problem(404, "not_found", errors=[{"field": field, "rule": "exists", "message": "no such thing"}])


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        ("maas models show iris", "model_id", "maas models list shows what there is"),
        (f"maas models show {MODEL_ID}/iris", "model_id", "maas models list --public shows what there is"),
        ("maas pull me@example.com/st", "model_id", "maas models list --public shows what there is"),
        ("maas versions show iris:9.9.9", "ref", "maas versions list iris and maas alias list iris show"),
        ("maas alias history iris production", "alias", "maas versions list iris and maas alias list iris show"),
        ("maas users show 1", "user_id", "the detail of not_found"),
    ],
)
def test_what_is_not_found_is_told_with_the_list_of_its_kind(maas: Cli, line: str, field: str, words: str) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(_not_found(field))))
    done = maas(line)
    assert (done.status, done.err.count("\n")) == (4, 1)
    assert words in done.err
    assert ("models list" in done.err) == ("models list" in words)


@pytest.mark.parametrize(("headers", "words"), [({}, "502 Bad Gateway\n"), ({"x-request-id": "r-1"}, "(request r-1)")])
def test_a_failed_server_is_told_with_the_id_of_the_request_if_there_is_one(
    maas: Cli, headers: dict[str, str], words: str
) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: httpx2.Response(502, html="<p>proxy</p>", headers=headers))))
    done = maas("maas models show iris --timeout 1")
    assert done.status == 6
    assert words in done.err
    assert "(request )" not in done.err


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_another_server_is_not_taken_for_the_api(maas: Cli, status: int) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: httpx2.Response(status, html="<p>moto</p>"))))
    done = maas("maas models list")
    assert (done.status, "this is not the API of MaaS; check the address" in done.err) == (1, True)


def test_options_of_all_commands_may_stand_before_them(maas: Cli) -> None:
    api = FakeApi(lambda _: page(MODEL))
    maas.serve(httpx2.MockTransport(api))
    assert maas("maas --api-url http://other.test -q models list").out == f"{MODEL['id']}\n"
    assert api.requests[-1].url.host == "other.test"


def _on_a_terminal(maas: Cli, columns: str = "300") -> None:
    maas.patch.setattr("sys.stdout.isatty", lambda: True)
    maas.patch.setenv("COLUMNS", columns)
    maas.patch.setenv("NO_COLOR", "1")


def test_models_of_others_are_listed_with_their_owners(maas: Cli) -> None:
    owner = "01a2b3c4-0000-7000-8000-0000000000e1"
    api = FakeApi(lambda _: page({**MODEL, "tenant_id": owner}))
    maas.serve(httpx2.MockTransport(api))
    _on_a_terminal(maas)
    done = maas("maas models list --public")
    assert re.search(rf"owner/name .*\n{owner}/iris ", done.out)
    maas("maas models list --shared")
    assert [request.url.params["visibility"] for request in api.requests] == ["public", "shared"]


@pytest.mark.parametrize("name", ["iris", "team/iris", "a b", "iris:new", "iris@home", "a@b/iris"])
@pytest.mark.parametrize("visibility", ["public", "shared"])
def test_a_model_of_others_is_told_to_programs_as_commands_take_it(maas: Cli, name: str, visibility: str) -> None:
    owner = "01a2b3c4-0000-7000-8000-0000000000e1"
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page({**MODEL, "name": name, "tenant_id": owner}))))
    found = json.loads(maas(f"maas models list --{visibility}").out)
    assert found["name"] == name
    assert found["reference"] in {f"{owner}/{name}", MODEL["id"]}
    assert Reference.parse(found["reference"]) == Reference(found["reference"])
    assert (found["reference"] == MODEL["id"]) == (name in {"iris:new", "iris@home"})


def test_models_of_one_s_own_are_told_as_they_are(maas: Cli) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page(MODEL))))
    assert "reference" not in json.loads(maas("maas models list").out)


def test_the_log_is_listed_with_whoever_has_made_each_change(maas: Cli) -> None:
    texts = dict.fromkeys(("organization", "id", "time", "recorded_at", "previous", "hash"), "x")
    actor = {"subject": "ada", "credential": None, "address": None, "request_id": None}
    record = {**texts, "sequence": 7, "action": "ModelCreated", "object": "model/1", "changed": ["name"]}
    shown = [{**record, "actor": each, "before": None, "after": None} for each in (actor, {**actor, "subject": None})]
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page(*shown))))
    _on_a_terminal(maas)
    head, first, second = (line.split() for line in maas("maas audit list").out.splitlines())
    assert head == ["time", "action", "object", "changed", "by", "sequence"]
    assert (first[4:], second[4:]) == (["ada", "7"], ["7"])


@pytest.mark.parametrize(
    ("status", "error", "shown"), [(503, "the status was 503", "503"), (None, "timed out", "timed out")]
)
def test_deliveries_are_listed_with_the_last_answer(maas: Cli, status: int | None, error: str, shown: str) -> None:
    times = {"at": MODEL["created_at"], "milliseconds": 5, "answer": "", "request_headers": {}}
    newest = {**times, "status": status, "error": error}
    older = {**times, "status": 500, "error": "the status was 500"}
    texts = {"id": "d1", "event_type": "JobEnded", "state": "pending", "created_at": MODEL["created_at"]}
    delivery = {**texts, "attempt_count": 2, "attempts": [newest, older], "request_body": "{}"}
    delivery |= {"request_body_cut": False, "next_attempt_at": None}
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page(delivery))))
    _on_a_terminal(maas)
    done = maas("maas webhooks deliveries w1").out
    assert "last result" in done
    assert shown in done
    assert "500" not in done


def test_a_narrow_terminal_cuts_nothing(maas: Cli) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page({**MODEL, "tenant_id": "z" * 60}))))
    _on_a_terminal(maas, "50")
    done = maas("maas models list --public")
    assert done.out.count("z") == 60
    assert "…" not in done.out


def test_an_alias_that_exists_is_told_with_its_version(maas: Cli) -> None:
    alias = {"alias": "production", "version": "1.0.0", "moved_at": MODEL["created_at"], "revision": 1}

    def answer(request: httpx2.Request) -> Any:
        return {"items": [alias]} if request.method == "GET" else problem(428, "precondition_required")

    maas.serve(httpx2.MockTransport(FakeApi(answer)))
    done = maas("maas alias set iris production 1.1.0")
    assert (done.status, done.err) == (5, "maas: production points at 1.0.0: give --move to point it elsewhere\n")


@pytest.mark.parametrize("line", ["maas versions publish wine:1.0.0", "maas versions publish wine 1.0.0"])
def test_a_version_is_named_by_a_reference_or_by_two_words(maas: Cli, line: str) -> None:
    api = FakeApi(lambda _: {**VERSION, "state": "published"})
    maas.serve(httpx2.MockTransport(api))
    assert maas(f"{line} -q").out == "1.0.0\n"
    assert api.requests[-1].url.path == "/api/v1/models/wine/versions/1.0.0/publish"


@pytest.mark.parametrize(
    ("line", "path", "seconds"),
    [
        ("maas versions warm wine@production", "/production/warm", None),
        ("maas versions warm wine", "/latest/warm", None),
        ("maas versions warm wine:^1 --timeout 3", "/%5E1/warm", "3.0"),
        ("maas versions warm wine:^1 --timeout 90", "/%5E1/warm", None),
    ],
)
def test_a_version_is_warmed_within_the_time_that_is_given(
    maas: Cli, line: str, path: str, seconds: str | None
) -> None:
    warmed = {"model_id": MODEL_ID, "version": "1.0.0", "samples": 2, "refused_samples": {"1": "no"}, "duration_ms": 7}
    api = FakeApi(lambda asked: warmed if asked.method == "POST" else {**MODEL, "default_ref": "latest"})
    maas.serve(httpx2.MockTransport(api))
    done = maas(f"{line} --json")
    assert json.loads(done.out) == warmed
    assert api.requests[-1].url.raw_path.decode().endswith(path)
    assert api.requests[-1].headers.get("x-request-timeout") == seconds


@pytest.mark.parametrize(("option", "seconds"), [("", None), ("--timeout 3", 3), ("--timeout 29", None)])
def test_the_time_limit_of_a_prediction_is_told_to_the_server(maas: Cli, option: str, seconds: float | None) -> None:
    api = FakeApi(lambda _: problem(422, "invalid_input"))
    maas.serve(httpx2.MockTransport(api))
    maas(f"maas predict wine '[1]' {option}")
    assert json.loads(api.requests[-1].content).get("timeout") == seconds


def test_control_characters_of_the_server_are_written_out(maas: Cli) -> None:
    text = "\x1b]0;title\x07\r\x9b"
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: problem(403, "permission_denied", detail=text))))
    assert r"\x1b]0;title\x07\r\x9b" in maas("maas models list").err
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page({**MODEL, "name": text}))))
    _on_a_terminal(maas)
    assert r"\x1b]0;title\x07\r\x9b" in maas("maas models list").out


HIDDEN = "\x1b[31m\x9b1m\u202e\u2066\u2028\ufeff"


@pytest.mark.parametrize("line", ["maas predict iris '[1]' -q", "maas predict iris '[1]' --format csv"])
def test_what_a_model_says_is_written_out_for_a_terminal_and_as_it_is_for_a_program(maas: Cli, line: str) -> None:
    said: dict[str, Any] = {
        "prediction": f"a{HIDDEN}\nb",
        "class_name": None,
        "prediction_id": "p",
        "rollout": None,
        "outputs": {},
    }
    answer = {**said, "model_id": MODEL_ID, "version": "1.0.0", "cached": False, "duration_ms": 1.0}
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: answer)))
    assert f"a{HIDDEN}\nb" in maas(line).out
    _on_a_terminal(maas)
    shown = maas(line).out
    assert "a\\x1b[31m\\x9b1m\\u202e\\u2066\\u2028\\ufeff\nb" in shown
    assert not {*HIDDEN[:1], *"\x9b\u202e\u2066\u2028\ufeff"} & {*shown}


def test_json_has_escapes_in_place_of_hidden_characters_and_says_the_same(maas: Cli) -> None:
    name = f"{HIDDEN}\U000e0041 \u200d\u00e9"
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page({**MODEL, "name": name}))))
    out = maas("maas models list --json").out
    assert json.loads(out)["name"] == name
    assert not {*"\x1b\x9b\u202e\u2066\u2028\ufeff\U000e0041"} & {*out}
    assert "\u200d\u00e9" in out


@pytest.mark.parametrize("detail", ["inputs.a: no such column", "inputs.a: no such column; inputs.b: is required"])
def test_each_wrong_field_is_named_once(maas: Cli, detail: str) -> None:
    errors = [
        {"field": "inputs.a", "rule": "unknown", "message": "no such column"},
        {"field": "inputs.b", "rule": "required", "message": "is required"},
    ]
    answer = problem(422, "invalid_input", detail=detail, errors=errors)
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: answer)))
    assert maas("maas models list").err == "maas: inputs.a: no such column; inputs.b: is required\n"


def test_what_breaks_callers_is_told(maas: Cli) -> None:
    reasons = [{"field": f"inputs.{name}", "rule": "shape", "message": f"{name} has 3 columns"} for name in "xy"]
    answer = problem(409, "incompatible", detail="1.1.0 breaks callers", errors=reasons)
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: answer)))
    assert "1.1.0 breaks callers; x has 3 columns; y has 3 columns" in maas("maas models list").err


def test_a_choice_of_organizations_that_is_none_is_one_line(maas: Cli) -> None:
    answer = problem(409, "organization_required", organizations=["a", {"id": "1", "name": "Looms"}])
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: answer)))
    done = maas("maas models list")
    assert (done.status, "one of: 1 (Looms)" in done.err) == (5, True)


def test_help_names_every_format_of_the_server(maas: Cli) -> None:
    text = maas("maas help formats").out.lower()
    shown = {"xgboost_json": "xgboost (json", "xgboost_ubj": "ubj"}
    assert [name for name in FORMATS if shown.get(name, name) not in text] == []


def test_a_standard_stream_that_is_closed_is_no_bug(maas: Cli) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page(MODEL))))
    for name in ("stdin", "stdout"):
        maas.patch.setattr(sys, name, None)
    assert run(["models", "list", "-q"]) == 0
    assert run(["models", "delete", "iris"]) == failures.USAGE
    for stream in (sys.stdin, sys.stdout):
        stream.close()


def _completed(line: str) -> list[str]:
    """The words that a shell offers for the last one of a line."""
    *before, last = line.split(" ")
    return [item.value for item in ShellComplete(cli, {}, "maas", "_MAAS_COMPLETE").get_completions(before, last)]


def test_a_shell_completes_names_of_models(maas: Cli) -> None:
    api = FakeApi(lambda _: page(MODEL, {**MODEL, "name": "iris of mine"}))
    maas.serve(httpx2.MockTransport(api))
    assert _completed("pull ir") == _completed("versions list ir") == ["iris"]
    assert api.requests[-1].url.params["q"] == "ir"


@pytest.mark.parametrize("answer", [problem(401, "unauthenticated"), httpx2.ConnectError("no")])
def test_a_shell_gets_no_names_from_a_server_that_fails(maas: Cli, answer: Any) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: answer)))
    assert _completed("pull ir") == []
